"""Finds the Grafana dashboards of a repository: files, and texts in ConfigMaps, resources and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.monitoring import grafana_dashboard
from auditor.formats.monitoring.grafana_model import Dashboard
from auditor.formats.text.errors import FormatError, Malformed
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

LIMIT = 8 * 1024 * 1024
HEAD = 65_536
_JSON = re.compile(r"(?i).+\.json")
_YAML = re.compile(r"(?i).+\.ya?ml")
_GRAFANA = re.compile(
    r"(?i)(?:^|.*/)(?:[\w.-]*grafana[\w.-]*)/(?:.+/)?(?:[\w-]*dashboards?)/[^/]+\.json"
)
_OTHER = re.compile(r"(?i)(?:^|/)(?:package(?:-lock)?|tsconfig[\w.-]*|plugin|manifest)\.json$")
_VENDORED = re.compile(r"(?:^|/)charts/[^/]+/charts/")
"""Charts that a chart takes with it."""
_STRONG = re.compile(rb"\"schemaVersion\"|\"__inputs\"|\"graphTooltip\"|dashboard\.grafana\.app")
_MADE = re.compile(r"(?i).+\.(?:libsonnet|jsonnet)|.+\.dashboard\.py")
_MAKES = re.compile(rb"grafonnet|grafana\.dashboard\.new|grafanaDashboards|grafanalib")
_SIDECAR = re.compile(r"(?i)grafana[_-]?dashboards?")


class Holder(StrEnum):
    """Where a dashboard stands: in a file, a ConfigMap (LABELED for the sidecar), a resource, values."""

    FILE = "file"
    MAP = "ConfigMap"
    LABELED = "labelled ConfigMap"
    RESOURCE = "GrafanaDashboard"
    VALUES = "values"


@dataclass(frozen=True, slots=True)
class FoundDashboard:
    """One dashboard; a text in YAML starts on `line` of the file. `name` is that of a ConfigMap."""

    path: str
    dashboard: Dashboard
    holder: Holder = Holder.FILE
    line: int = 1
    name: str = ""

    def at(self, line: int | None) -> int | None:
        """The line of the file for one of the dashboard's text."""
        if line is None:
            return self.line if self.holder is not Holder.FILE else None
        return line + self.line - 1


@dataclass(slots=True)
class DashboardFiles:
    """What was found; `rendered` are files from which something makes dashboards, `apart` those among tests,
    examples and documents, which are left out."""

    dashboards: list[FoundDashboard] = field(default_factory=list)
    invalid: list[tuple[str, int | None, str]] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def dashboard_files(repo: Repo) -> DashboardFiles:
    """Those below the service root, or of the whole repository where it has none; no tests, no examples."""
    found = DashboardFiles()
    _take_all(repo, found, (entry.path for entry in repo.service))
    if repo.root and not (found.dashboards or found.invalid or found.rendered):
        _take_all(repo, found, (e.path for e in repo.entries if not repo.in_service(e.path)))
    return found


def _take_all(repo: Repo, found: DashboardFiles, paths: Iterable[str]) -> None:
    for path in paths:
        if use_of(repo.below(path)) is Use.APART or _VENDORED.search(path):
            if _GRAFANA.fullmatch(path) and _JSON.fullmatch(path) and not _VENDORED.search(path):
                found.apart.append(path)
            continue
        try:
            if _JSON.fullmatch(path):
                _file(repo, found, path)
            elif _YAML.fullmatch(path):
                _yaml(repo, found, path)
            elif _MADE.fullmatch(path) and _MAKES.search(repo.head(path, HEAD)):
                found.rendered.append(path)
        except Trouble as trouble:
            if _GRAFANA.fullmatch(path) or "grafana" in path.lower():
                found.problems.append(trouble.problem())


def _file(repo: Repo, found: DashboardFiles, path: str) -> None:
    named = _GRAFANA.fullmatch(path) is not None and not _OTHER.search(path)
    head = repo.head(path, HEAD)
    if not named and not grafana_dashboard.sniff(head):
        return
    try:
        dashboard = grafana_dashboard.read(repo.read(path, limit=LIMIT).data, name=path)
    except Malformed as error:
        if named or (_STRONG.search(head) and b"panels" in head):
            found.invalid.append((path, error.line, error.message))
    except FormatError as error:
        found.problems.append(Problem(ProblemKind.TOO_LARGE, str(error), "Split it."))
    else:
        found.dashboards.append(FoundDashboard(path, dashboard))


def _yaml(repo: Repo, found: DashboardFiles, path: str) -> None:
    head = repo.head(path, HEAD)
    if b"{" not in head or not re.search(rb"(?i)dashboard|\"panels\"", head):
        return
    data = repo.read(path, limit=LIMIT).data
    if b"panels" not in data:
        return
    if "templates" in path.split("/")[:-1] and b"{{" in data:
        found.rendered.append(path)
        return
    try:
        documents = load_all(data, name=path)
    except FormatError as error:
        if _STRONG.search(data):
            found.invalid.append((path, error.line, error.message))
        return
    for document in documents:
        for held in _texts(document, document.value, ()):
            _held(found, path, document, *held)


def _texts(document: YamlDocument, value: YamlValue, at: Path) -> Iterator[tuple[Path, str]]:
    """The texts of a document that look like dashboards, wherever they stand."""
    if isinstance(value, str):
        data = value.encode("utf-8", "replace")
        if grafana_dashboard.sniff(data[:HEAD]):
            yield at, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(document, one, (*at, key))
    elif isinstance(value, list):
        for position, one in enumerate(value):
            yield from _texts(document, one, (*at, position))


def _held(found: DashboardFiles, path: str, document: YamlDocument, at: Path, text: str) -> None:
    line = document.text_line(at) or 1
    try:
        dashboard = grafana_dashboard.read(
            text.encode("utf-8", "replace"), name=f"{path} ({at[-1]})"
        )
    except Malformed as error:
        if _STRONG.search(text.encode("utf-8", "replace")):
            place = line if error.line is None else line + error.line - 1
            found.invalid.append((path, place, error.message))
        return
    except FormatError as error:
        found.problems.append(Problem(ProblemKind.TOO_LARGE, str(error), "Split it."))
        return
    holder, name = _holder(document.value, at)
    found.dashboards.append(FoundDashboard(path, dashboard, holder, line, name))


def _holder(value: YamlValue, at: Path) -> tuple[Holder, str]:
    """What holds the text at a path, and its name."""
    for step in range(len(at)):
        body = mapping_of(value)
        kind, name = text_of(body.get("kind")), text_of(dig(value, "metadata", "name")) or ""
        if kind == "ConfigMap":
            labels = {**mapping_of(dig(value, "metadata", "labels"))}
            labelled = any(_SIDECAR.search(key) for key in labels)
            return Holder.LABELED if labelled else Holder.MAP, name
        if kind == "GrafanaDashboard":
            return Holder.RESOURCE, name
        here = at[step]
        value = (
            value[here]
            if isinstance(value, list) and isinstance(here, int)
            else body.get(str(here))
        )
    return Holder.VALUES, ""


def place_of(found: FoundDashboard, line: int | None = None) -> Location:
    """A place in the file of a dashboard."""
    return Location(path=found.path, line=found.at(line))
