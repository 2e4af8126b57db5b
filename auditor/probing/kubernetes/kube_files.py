"""Finds the Kubernetes manifests of a repository, and what its charts render to, and which of them are applied
together."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.helm_text import read_written
from auditor.formats.kubernetes.kube_model import WORKLOADS, KubeObject
from auditor.formats.kubernetes.kube_set import KubeSet
from auditor.formats.kubernetes.kustomization import NAMES
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Holdings, Use, use_of
from auditor.probing.contract import Context, FactSpec, Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.helm_charts import HelmChart, read_folder
from auditor.probing.kubernetes.helm_render import Rendered, render
from auditor.probing.kubernetes.kustomize import Kustomizer
from auditor.probing.kubernetes.skaffold import raw_manifests
from auditor.probing.repository.entries import Entries

_YAML = re.compile(r"(?i).+\.ya?ml")
_HEAD = 65_536
_MOST = 5_000
_LIMIT = 8 * 1024 * 1024


@dataclass(slots=True)
class Manifests:
    """What is applied: by each kustomization, by Helm, or together by `kubectl apply`.

    `files` are all that was read; `charts` the folders of Helm charts, `rendered` those of them that were, by
    the name that they go by in `applied`; `written` the literal parts of templates that nobody rendered, by
    chart; `unapplied` manifests beside a kustomization that does not name them, unless Skaffold applies them.
    """

    applied: dict[str, KubeSet] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    rendered: dict[str, Rendered] = field(default_factory=dict)
    written: dict[str, KubeSet] = field(default_factory=dict)
    unapplied: list[tuple[str, str]] = field(default_factory=list)


def find_manifests(ctx: Context, holdings: Holdings, seen: Entries, invalid: FactSpec) -> Manifests:
    """Those that are deployed; for development only where there are no others that run anything."""
    found = Manifests()
    for use in (Use.DEPLOYED, Use.DEVELOPMENT):
        found = _Finder(ctx, holdings, seen, invalid, use).find()
        if any(one.workloads for one in found.applied.values()) or found.charts or seen.problems:
            break
    return found


class _Finder:
    def __init__(
        self, ctx: Context, holdings: Holdings, seen: Entries, invalid: FactSpec, use: Use
    ) -> None:
        self._ctx = ctx
        self._holdings = holdings
        self._repo = holdings.repo
        self._seen = seen
        self._invalid = invalid
        self._use = use
        self._kustomizer = Kustomizer(holdings, seen, invalid)

    def find(self) -> Manifests:
        fitting = self._repo.once(
            f"for {self._use}", lambda: [p for p in sorted(self._holdings.files) if self._fits(p)]
        )
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
        used = {*self._kustomizer.used, *(o.path for o in objects), *also}
        for chart in found.charts:
            used.update(self._chart(chart, found))
        found.files = sorted(used)
        return found

    def _chart(self, folder: str, found: Manifests) -> Iterator[str]:
        """Adds what a chart renders to, or what its texts say by themselves; the files that this is by."""
        before = len(self._seen.problems)
        chart = read_folder(self._repo, folder, self._seen, self._invalid)
        if chart is None or chart.broken or chart.chart.library or not self._concerns(chart):
            if chart is not None and not self._concerns(chart):
                del self._seen.problems[before:]
            return
        try:
            made = render(self._ctx, chart)
        except Trouble as trouble:
            made = trouble.problem()
        name = posixpath.join(folder, "Chart.yaml")
        if isinstance(made, Problem):
            if made not in self._seen.problems:
                self._seen.problems.append(made)
            objects = [one for path in chart.files for one in self._written(chart, path)]
            found.written[name] = KubeSet(objects)
        else:
            found.rendered[name], found.applied[name] = made, KubeSet(made.objects)
            yield from (one.path for one in made.objects)

    def _concerns(self, chart: HelmChart) -> bool:
        """Whether a chart may deploy the service: it lies in it, or what it says names its folder."""
        if self._repo.in_service(chart.folder):
            return True
        last = self._repo.root.rpartition("/")[2].lower()
        return any(last in self._text(path).lower() for path in chart.files)

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=_LIMIT).text
        except Trouble:
            return ""

    def _written(self, chart: HelmChart, path: str) -> list[KubeObject]:
        below = chart.below(path)
        if not below.startswith("templates/") or not _YAML.fullmatch(path) or "tests/" in below:
            return []
        try:
            return read_written(self._repo.read(path, limit=_LIMIT).data, path=path)
        except (Trouble, FormatError):
            return []

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
