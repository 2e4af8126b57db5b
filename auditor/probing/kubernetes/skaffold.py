"""Which plain manifests Skaffold applies by itself, beside what a kustomization names."""

from __future__ import annotations

import posixpath

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import text_of, texts_of
from auditor.formats.text.yaml_text import load_all
from auditor.probing.containers.container_files import Holdings, resolve
from auditor.probing.doors.globs import glob_pattern
from auditor.probing.doors.trouble import Trouble

FILES = frozenset({"skaffold.yaml", "skaffold.yml"})


def raw_manifests(holdings: Holdings) -> frozenset[str]:
    """The files of the repository that a skaffold.yaml applies as they are.

    Those of its profiles are left out, since nobody may ask for them; a file that cannot be read
    names none.
    """
    found: set[str] = set()
    for path in sorted(holdings.files):
        if path.rpartition("/")[2] not in FILES:
            continue
        try:
            documents = load_all(holdings.repo.read(path).data, name=path)
        except (Trouble, FormatError):
            continue
        for document in documents:
            if not (text_of(dig(document.value, "apiVersion")) or "").startswith("skaffold/"):
                continue
            written = (
                *texts_of(dig(document.value, "manifests", "rawYaml")),
                *texts_of(dig(document.value, "deploy", "kubectl", "manifests")),
            )
            for one in written:
                named = resolve(posixpath.dirname(path), one)
                if named:
                    wanted = glob_pattern(named)
                    found.update(file for file in holdings.files if wanted.fullmatch(file))
    return frozenset(found)
