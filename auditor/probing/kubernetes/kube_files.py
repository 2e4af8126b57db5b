"""Finds the Kubernetes manifests of a repository, and which of them are applied together."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_model import WORKLOADS, KubeObject
from auditor.formats.kubernetes.kube_set import KubeSet
from auditor.formats.kubernetes.kustomization import NAMES
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Holdings, Use, use_of
from auditor.probing.contract import FactSpec, Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.kustomize import Kustomizer
from auditor.probing.kubernetes.skaffold import raw_manifests
from auditor.probing.repository.entries import Entries

_YAML = re.compile(r"(?i).+\.ya?ml")
_HEAD = 65_536
_MOST = 5_000
_LIMIT = 8 * 1024 * 1024


@dataclass(slots=True)
class Manifests:
    """What is applied: by each kustomization, or together by `kubectl apply`.

    `files` are all that was read; `charts` the folders of Helm charts, `unapplied` manifests beside a
    kustomization that does not name them, unless Skaffold applies them.
    """

    applied: dict[str, KubeSet] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    unapplied: list[tuple[str, str]] = field(default_factory=list)


def find_manifests(holdings: Holdings, seen: Entries, invalid: FactSpec) -> Manifests:
    """Those that are deployed; for development only where there are no others that run anything."""
    found = Manifests()
    for use in (Use.DEPLOYED, Use.DEVELOPMENT):
        found = _Finder(holdings, seen, invalid, use).find()
        if any(one.workloads for one in found.applied.values()) or found.charts or seen.problems:
            break
    return found


class _Finder:
    def __init__(self, holdings: Holdings, seen: Entries, invalid: FactSpec, use: Use) -> None:
        self._holdings = holdings
        self._repo = holdings.repo
        self._seen = seen
        self._invalid = invalid
        self._use = use
        self._kustomizer = Kustomizer(holdings, seen, invalid)

    def find(self) -> Manifests:
        fitting = [p for p in sorted(self._holdings.files) if self._fits(p)]
        charts = {p.rpartition("/")[0] for p in fitting if p.rpartition("/")[2] == "Chart.yaml"}
        found = Manifests(charts=sorted(c for c in charts if not any(_below(c, o) for o in charts)))
        kustomizations = [p for p in fitting if p.rpartition("/")[2] in NAMES]
        self._build(kustomizations, found)
        plain = [p for p in fitting if not any(_below(p, chart) for chart in charts)]
        folders = {p.rpartition("/")[0]: p for p in kustomizations}
        objects: list[KubeObject] = []
        raw, also = raw_manifests(self._holdings), list[str]()
        for path in self._sniffed(plain):
            by = folders.get(path.rpartition("/")[0])
            if path in self._kustomizer.used:
                continue
            if by is None:
                objects += self._plain(path)
            elif path in raw and by in found.applied:  # Skaffold applies both to one cluster
                beside = self._plain(path)
                found.applied[by] = KubeSet([*found.applied[by].objects, *beside])
                also.append(path)
            elif by in self._kustomizer.used:
                found.unapplied.append((path, by))
        for name, group in _together(objects).items():
            found.applied[name] = KubeSet(group)
        found.files = sorted({*self._kustomizer.used, *(o.path for o in objects), *also})
        return found

    def _fits(self, path: str) -> bool:
        return not path.startswith(".") and use_of(self._repo.below(path)) is self._use

    def _build(self, paths: list[str], found: Manifests) -> None:
        """Builds what no other kustomization builds upon."""
        inner = {folder for path in paths for folder in self._kustomizer.names(path)}
        for path in paths:
            if path.rpartition("/")[0] not in inner and not self._kustomizer.is_component(path):
                found.applied[path] = KubeSet(self._kustomizer.build(path))

    def _sniffed(self, paths: Iterable[str]) -> list[str]:
        named = [p for p in paths if _YAML.fullmatch(p) and p.rpartition("/")[2] not in NAMES]
        if len(named) > _MOST:
            said = (
                f"The repository has more than {_MOST:,} YAML files, and the others were not read."
            )
            self._seen.problems.append(
                Problem(ProblemKind.TOO_LARGE, said, "Audit a part with --root.")
            )
        found: list[str] = []
        for path in named[:_MOST]:
            try:
                if kube_manifest.sniff(self._repo.head(path, _HEAD)):
                    found.append(path)
            except Trouble as trouble:
                if self._repo.in_service(path):
                    self._seen.problems.append(trouble.problem())
        return found

    def _plain(self, path: str) -> list[KubeObject]:
        found: list[KubeObject] = []
        with self._seen.reading(path, self._invalid, "kubectl apply --dry-run=client"):
            data = self._repo.read(path, limit=_LIMIT).data
            try:
                found = kube_manifest.read(data, path=path)
            except FormatError:
                if b"{{" not in data:  # else it is a template, of whatever renders it
                    raise
        return found


def _below(path: str, folder: str) -> bool:
    return path != folder and (not folder or path.startswith(f"{folder}/"))


def _together(objects: list[KubeObject]) -> dict[str, list[KubeObject]]:
    """Objects by the folder of what is applied together: apart only where a workload stands twice."""
    if not objects:
        return {}
    known = Counter((o.kind, o.namespace, o.name) for o in objects if o.kind in WORKLOADS)
    folders = sorted({posixpath.dirname(o.path) for o in objects})
    common = posixpath.commonpath(folders) if all(folders) else ""
    if len(folders) == 1 or all(count == 1 for count in known.values()):
        return {common: objects}
    groups: dict[str, list[KubeObject]] = {}
    for one in objects:
        below = posixpath.dirname(one.path)[len(common) :].strip("/")
        groups.setdefault(below.partition("/")[0], []).append(one)
    found: dict[str, list[KubeObject]] = {}
    for group in groups.values():
        for name, members in _together(group).items():
            found.setdefault(name, []).extend(members)
    return found
