"""Which folders of a repository are components of Kustomize that no kustomization takes in."""

from __future__ import annotations

import posixpath

from auditor.formats.kubernetes import kustomization
from auditor.formats.kubernetes.kustomization import NAMES, Kustomization
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Use, resolve, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo


def left_out(repo: Repo) -> frozenset[str]:
    """The folders of components that are switched off: commented out, or named by tests alone."""
    found: dict[str, Kustomization] = {}
    for entry in repo.entries:
        path = entry.path
        if path.rpartition("/")[2] in NAMES and use_of(repo.below(path)) is not Use.APART:
            try:
                found[posixpath.dirname(path)] = kustomization.read(repo.read(path).data, path=path)
            except (Trouble, FormatError):
                continue
    components = {folder for folder, one in found.items() if one.component}
    starts = [folder for folder in found if folder not in components]
    taken: set[str] = set()
    while starts:
        folder = starts.pop()
        taken.add(folder)
        one = found[folder]
        named = {resolve(folder, written) for written, _ in (*one.resources, *one.components)}
        starts += [below for below in named if below in found and below not in taken]
    return frozenset(components - taken)
