"""The Helm charts of a repository: their files, and what templates and values have of each other."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from auditor.formats.kubernetes import helm_template
from auditor.formats.kubernetes.helm_chart import Chart, read_chart, read_values, settings_of
from auditor.formats.kubernetes.helm_template import Uses
from auditor.formats.text.yaml_text import YamlDocument
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.contract import FactSpec
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

_LIMIT = 8 * 1024 * 1024
_VALUES = re.compile(r"(?i)values(?:[._-][\w.-]+)?\.ya?ml|[\w.-]+[._-]values\.ya?ml")
_TEMPLATE = re.compile(r"(?i)templates/.+\.(?:ya?ml|tpl|txt|json)")


@dataclass(slots=True)
class HelmChart:
    """A chart by its folder, with its own files (not those of charts below it)."""

    folder: str
    chart: Chart
    files: list[str]
    values: dict[str, YamlDocument] = field(default_factory=dict)
    uses: Uses = field(default_factory=Uses)
    broken: bool = False

    @property
    def others(self) -> set[str]:
        """The keys under which the values of charts below stand."""
        inside = (p for p in map(self.below, self.files) if p.startswith("charts/"))
        return {one.key for one in self.chart.dependencies} | {p.split("/")[1] for p in inside}

    def below(self, path: str) -> str:
        """A path from the folder of the chart."""
        return path[len(self.folder) + 1 :] if self.folder else path


def find_charts(repo: Repo, seen: Entries, invalid: FactSpec) -> list[HelmChart]:
    """The charts of the service that stand for themselves: neither examples nor brought in by another."""
    folders = [
        posixpath.dirname(e.path)
        for e in repo.service
        if posixpath.basename(e.path) == "Chart.yaml"
        and use_of(repo.below(e.path)) is not Use.APART
        and "/charts/" not in _from_chart(repo, e.path)
    ]
    return [
        made for folder in sorted(folders) if (made := read_folder(repo, folder, seen, invalid))
    ]


def _from_chart(repo: Repo, path: str) -> str:
    """A path from the outermost chart that it lies in."""
    folder = ""
    if "Chart.yaml" in repo.by_path:
        return f"/{path}"
    for part in path.split("/")[:-1]:
        folder = posixpath.join(folder, part) if folder else part
        if f"{folder}/Chart.yaml" in repo.by_path:
            return f"/{path[len(folder) + 1 :]}"
    return ""


def read_folder(repo: Repo, folder: str, seen: Entries, invalid: FactSpec) -> HelmChart | None:
    """The chart in a folder, None where it cannot be read; what Helm would refuse of it goes into `seen`."""
    prefix = f"{folder}/" if folder else ""
    path, before = f"{prefix}Chart.yaml", len(seen.problems)
    with seen.reading(path, invalid, "helm lint"):
        chart = read_chart(repo.read(path, limit=_LIMIT).data, path=path)
        files = [e.path for e in repo.entries if e.path.startswith(prefix)]
        made = HelmChart(folder, chart, files)
        for line, what in chart.faults:
            seen.add(invalid, path, line, what)
        for one in files:
            _read(repo, made, one, seen, invalid)
        made.broken = len(seen.problems) > before
        return made
    return None


def _read(repo: Repo, made: HelmChart, path: str, seen: Entries, invalid: FactSpec) -> None:
    below = made.below(path)
    with seen.reading(path, invalid, "helm lint"):
        if "/" not in below and _VALUES.fullmatch(below):
            file = repo.read(path, limit=_LIMIT)
            made.values[below] = read_values(file.data, path=path)
            helm_template.read_values_text(file.text, made.uses)
        elif _TEMPLATE.fullmatch(below):
            helm_template.read(repo.read(path, limit=_LIMIT).data, made.uses, path=path)


def unused(made: HelmChart) -> list[tuple[str, int | None, str]]:
    """Values of values.yaml that no template uses: file, line and name."""
    document = made.values.get("values.yaml")
    if document is None or made.chart.library:
        return []
    others = made.others | {"global", "tags", "enabled"}
    conditions = {
        tuple(c.split(".")) for d in made.chart.dependencies for c in d.condition.split(",")
    }
    path = f"{made.folder}/values.yaml" if made.folder else "values.yaml"
    return [
        (path, document.key_line(setting), ".".join(setting))
        for setting in settings_of(document.value)
        if setting[0] not in others
        and setting not in conditions
        and not helm_template.is_used(setting, made.uses)
    ]
