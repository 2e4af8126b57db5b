"""Values of Helm charts."""

from __future__ import annotations

from auditor.formats.kubernetes import helm_chart
from auditor.formats.text.yaml_shapes import mapping_of
from tests.formats.sample_facts.folder import Facts, Folder


def of_values(data: bytes) -> Facts:
    read = helm_chart.read_values(data, path="values.yaml").value
    keys = [(path[-1], value) for path, value in helm_chart.keys_of(read)]
    names = [name for name, _ in keys]
    return {
        "lines": len(data.splitlines()),
        "livenessProbe_keys": names.count("livenessProbe"),
        "readinessProbe_keys": names.count("readinessProbe"),
        "resources_empty_maps": keys.count(("resources", {})),
        "tag_latest": keys.count(("tag", "latest")),
        "top_level_keys": len(mapping_of(read)),
    }


FOLDERS = (Folder("helm-values", of_values),)
