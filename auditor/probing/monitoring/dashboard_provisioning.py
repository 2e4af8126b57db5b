"""Which dashboards of a repository a Grafana loads by itself: providers and mounts, sidecars, Terraform, scripts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.containers import dockerfile
from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.kubernetes.kustomization import NAMES as KUSTOMIZATIONS
from auditor.formats.terraform import hcl_text
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlValue, load_all
from auditor.probing.containers.container_files import (
    Use,
    compose_paths,
    parents,
    read_compose,
    resolve,
    use_of,
)
from auditor.probing.doors.globs import glob_pattern
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.dashboard_files import HEAD, FoundDashboard, Holder
from auditor.probing.repo import Repo

_LIMIT = 2 * 1024 * 1024
_YAML = re.compile(r"(?i).+\.ya?ml")
_DOCKERFILE = re.compile(r"(?i)(?:.+/)?(?:[\w.-]*[.-])?(?:Docker|Container)file(?:[.-].+)?")
_SCRIPT = re.compile(
    r"(?i)(?:.*/)?(?:makefile|[^/]+\.(?:mk|sh|bash|py|ya?ml)|[^/]*entrypoint[^/]*)"
)
_SENDS = re.compile(
    r"api/dashboards/(?:db|import)|\bgrr\s+(?:apply|watch)|\bgrafanactl\s+resources\s+push"
)
_FILES = re.compile(r"\.Files\.(?:Get|Glob)\s+[\"'`]([^\"'`\n]{1,200})[\"'`]")
_SIDECAR = re.compile(r"(?i)grafana[_-]?dashboards?")
_FILESET = re.compile(r"fileset\(\s*\"?([^,\"]+)\"?\s*,\s*\"([^\"]+)\"")
PROVISIONING = "provisioning/dashboards"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of dashboards from files: where it is written, and the folder that it reads."""

    path: str
    folder: str


@dataclass(slots=True)
class Provisioning:
    """What loads dashboards. `mounts` are targets in containers with what they are made of.

    `patterns` are globs of files that something else loads, with what does so.
    """

    providers: list[Provider] = field(default_factory=list)
    mounts: list[tuple[str, str]] = field(default_factory=list)
    patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    scripts: list[tuple[str, str]] = field(default_factory=list)
    volumes: set[str] = field(default_factory=set)
    runs_grafana: bool = False

    @property
    def known(self) -> bool:
        """Whether anything in the repository loads dashboards."""
        return bool(self.providers or self.patterns or self.scripts or self.runs_grafana)

    def loads(self, found: FoundDashboard) -> str:
        """What loads a dashboard, "" where nothing does."""
        if found.holder in (Holder.LABELED, Holder.RESOURCE, Holder.VALUES):
            return found.holder.value
        if found.holder is Holder.MAP:
            return "a volume" if found.name in self.volumes else ""
        for pattern, by in self.patterns:
            if pattern.fullmatch(found.path):
                return by
        name, folder = (
            posixpath.basename(found.path),
            posixpath.basename(posixpath.dirname(found.path)),
        )
        for path, text in self.scripts:
            if name in text or (folder and re.search(rf"\b{re.escape(folder)}/", text)):
                return path
        return next((p.path for p in self.providers if self._provides(p, found.path)), "")

    def _provides(self, provider: Provider, path: str) -> bool:
        """Whether the file of a provider is read, and a dashboard lies in its folder."""
        where = list(self._inside(path))
        own = list(self._inside(provider.path))
        if self.runs_grafana and not any(PROVISIONING in one for one in own):
            return False
        if where or self.runs_grafana:
            folder = provider.folder.rstrip("/")
            return "$" in folder or any(f"{one}/".startswith(f"{folder}/") for one in where)
        last = posixpath.basename(provider.folder.rstrip("/"))
        return last in path.split("/")[:-1] or posixpath.dirname(provider.path) in parents(path)

    def _inside(self, path: str) -> Iterator[str]:
        """The paths in containers of a file of the repository."""
        for target, source in self.mounts:
            if source == path:
                yield target
            elif not source or path.startswith(f"{source}/"):
                below = path[len(source) :].lstrip("/")
                yield f"{target.rstrip('/')}/{below}"


def provisioning(repo: Repo) -> Provisioning:
    """What the repository says of how dashboards are loaded; files that cannot be read add nothing."""
    found = Provisioning()
    _compose(repo, found)
    for entry in repo.entries:
        if use_of(repo.below(entry.path)) is Use.APART:
            continue
        try:
            _take(repo, found, entry.path)
        except (Trouble, FormatError):
            continue
    return found


def _compose(repo: Repo, found: Provisioning) -> None:
    for path in compose_paths(repo):
        try:
            services = read_compose(repo, path).services
        except (Trouble, FormatError):
            continue
        for service in services:
            image = service.image.name if service.image else ""
            if "grafana" not in f"{image} {service.name}".lower():
                continue
            found.runs_grafana = found.runs_grafana or image.endswith(
                ("/grafana", "grafana-oss", "grafana-enterprise", "otel-lgtm")
            )
            for bind in service.binds:
                source = resolve(posixpath.dirname(path), bind.path)
                if source is not None and bind.target:
                    found.mounts.append((bind.target.rstrip("/"), source))


def _take(repo: Repo, found: Provisioning, path: str) -> None:
    name = posixpath.basename(path)
    if _DOCKERFILE.fullmatch(path):
        _copies(repo, found, path)
    elif path.endswith((".tf", ".tofu")):
        _terraform(repo, found, path)
    elif name == "plugin.json" and b'"dashboard"' in repo.head(path, HEAD):
        text = repo.read(path, limit=_LIMIT).text
        for written in re.findall(r"\"path\"\s*:\s*\"([^\"\n]+\.json)\"", text):
            _pattern(found, posixpath.dirname(path), written, path)
    elif name in KUSTOMIZATIONS:
        _generators(repo, found, path)
    elif "templates" in path.split("/")[:-1]:
        _chart(repo, found, path)
    elif _YAML.fullmatch(path) and b"providers" in repo.head(path, HEAD):
        for document in load_all(repo.read(path, limit=_LIMIT).data, name=path):
            found.providers += [Provider(path, folder) for folder in _folders(document.value, 0)]
    if _YAML.fullmatch(path) and b"configMap" in repo.head(path, HEAD):
        text = repo.read(path, limit=_LIMIT).text
        found.volumes.update(
            re.findall(r"configMap:\s*(?:\{\s*)?(?:\w+:\s*\w+\s*)?name:\s*[\"']?([\w.-]+)", text)
        )
    if _SCRIPT.fullmatch(path):
        text = repo.head(path, HEAD).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        if any(map(_SENDS.search, lines)):
            found.scripts.append((path, "\n".join(lines)))


def _folders(value: YamlValue, depth: int) -> Iterator[str]:
    """The folders of file providers, also where they stand in values or the text of a ConfigMap."""
    if depth > 8:
        return
    if isinstance(value, str) and "providers:" in value and PROVISIONING.partition("/")[2] in value:
        for document in load_all(value):
            yield from _folders(document.value, depth + 1)
    for one in map(mapping_of, list_of(mapping_of(value).get("providers"))):
        folder = text_of(dig(one, "options", "path"))
        if folder and (text_of(one.get("type")) or "file") == "file":
            yield folder
    for below in mapping_of(value).values():
        if isinstance(below, dict | str):
            yield from _folders(below, depth + 1)


def _copies(repo: Repo, found: Provisioning, path: str) -> None:
    read = dockerfile.read(repo.read(path, limit=_LIMIT).data)
    if not any("grafana" in stage.base.name for stage in read.stages):
        return
    found.runs_grafana = True
    for one in read.instructions:
        words = (
            one.arguments.replace('"', " ")
            .replace("[", " ")
            .replace("]", " ")
            .replace(",", " ")
            .split()
        )
        if one.name not in ("COPY", "ADD") or one.flag("from") is not None or len(words) < 2:
            continue
        for written in words[:-1]:
            for context in dict.fromkeys((posixpath.dirname(path), "", *parents(path))):
                source = resolve(context, written.rstrip("*"))
                if source is None or not (source == "" or repo.exists(source)):
                    continue
                file = source in repo.by_path and words[-1].endswith("/")
                target = words[-1].rstrip("/")
                found.mounts.append(
                    (f"{target}/{posixpath.basename(source)}" if file else target, source)
                )
                break


def _terraform(repo: Repo, found: Provisioning, path: str) -> None:
    if b"grafana_dashboard" not in repo.head(path, HEAD):
        return
    data = repo.read(path, limit=_LIMIT).data
    made = [
        b
        for b in hcl_text.read(data, path=path).of("resource")
        if b.labels[:1] == ("grafana_dashboard",)
    ]
    if not made:
        return
    folder = posixpath.dirname(path)
    beside = [
        e.path
        for e in repo.entries
        if posixpath.dirname(e.path) == folder and e.path.endswith(".tf")
    ]
    text = "\n".join(
        re.sub(r"(?m)^\s*(?:#|//).*$", "", repo.read(p, limit=_LIMIT).text) for p in beside
    )
    written = [
        re.sub(r"\$\{path\.(?:module|root)\}/?", "", t)
        for t in re.findall(r"\"([^\"\n]+\.json)\"", text)
    ]
    for where, pattern in _FILESET.findall(text):
        base = re.sub(r"\$\{[^}]*\}/?|path\.(?:module|root)", "", where).strip()
        written.append(posixpath.join(base, pattern))
    for one in written:
        _pattern(found, folder, one, path)


def _pattern(found: Provisioning, folder: str, written: str, by: str) -> None:
    if "$" in written:
        written = re.sub(r"\$\{[^}]*\}", "*", written)
    place = resolve(folder, written)
    if place:
        found.patterns.append((glob_pattern(place), by))


def _generators(repo: Repo, found: Provisioning, path: str) -> None:
    """ConfigMaps that kustomize makes of files, labelled for the sidecar."""
    for document in load_all(repo.read(path, limit=_LIMIT).data, name=path):
        general = mapping_of(dig(document.value, "generatorOptions", "labels"))
        for one in map(mapping_of, list_of(mapping_of(document.value).get("configMapGenerator"))):
            labels = {**general, **mapping_of(dig(one, "options", "labels"))}
            named = any(_SIDECAR.search(key) for key in labels)
            if named or "dashboard" in (text_of(one.get("name")) or "").lower():
                for file in texts_of(one.get("files")):
                    _pattern(found, posixpath.dirname(path), file.rpartition("=")[2], path)


def _chart(repo: Repo, found: Provisioning, path: str) -> None:
    """Files that a template of a chart puts into a ConfigMap of dashboards."""
    head = repo.head(path, HEAD).decode("utf-8", "replace")
    if ".Files" not in head or "dashboard" not in head.lower():
        return
    chart = path[: path.index("templates/")].rstrip("/")
    if re.search(r"\.(?:Get|Glob|AsConfig)\s*(?:\(|\$)", head):  # the names are put together
        found.patterns.append((glob_pattern(posixpath.join(chart, "**/*.json")), path))
    for written in _FILES.findall(re.sub(r"(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}", "", head)):
        place = resolve(chart, written)
        if place:
            found.patterns.append((glob_pattern(place), path))


def refused_as_file(found: FoundDashboard, by: str) -> Iterator[str]:
    """What only an import by hand can load; a script may send the file as it is."""
    if (
        not by
        or by.endswith((".sh", "Makefile", ".py"))
        or found.holder in (Holder.RESOURCE, Holder.VALUES)
    ):
        return
    if found.dashboard.wrapped:
        yield "it is an answer of the API: a provider wants what stands under `dashboard`"
    for name in found.dashboard.unbound:
        yield f"its data source ${{{name}}} is put in only where it is imported by hand"
