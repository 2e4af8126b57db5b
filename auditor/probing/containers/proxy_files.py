"""The configurations of proxies in a repository, and which of them a deployment puts where a proxy reads them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.containers import dockerfile
from auditor.formats.containers.dockerfile_model import Dockerfile
from auditor.formats.text.errors import FormatError
from auditor.formats.web.traefik_config import is_traefik
from auditor.probing.containers.compose_choice import chosen_files
from auditor.probing.containers.composed_services import ComposedService, composed_services
from auditor.probing.containers.container_files import (
    Holdings,
    Use,
    is_development,
    parents,
    resolve,
    use_of,
)
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.own_services import OwnServices
from auditor.probing.repo import Repo

LIMIT = 1024 * 1024
_CADDY = re.compile(r"(?i)(?:.*/)?(?:Caddyfile[\w.-]*|[^/]+\.caddy(?:file)?)")
_NGINX = re.compile(
    r"(?i)(?:.*/)?[^/]+\.conf(?:\.(?:template|tmpl|tpl|j2|in|prod|production))?|.*/(?:sites-(?:available|enabled)|nginx)/[^/.]+"
)
_TRAEFIK = re.compile(
    r"(?i).*traefik.*\.(?:ya?ml|toml)|(?:.*/)?(?:dynamic|middlewares?|tls)[^/]*\.(?:ya?ml|toml)"
)
_SPEAKS_NGINX = re.compile(
    rb"^[ \t]*(?:(?:http|server|events|upstream[ \t]+\S+|location[ \t][^\n{]+)[ \t]*\{"
    rb"|(?:limit_req_zone|limit_req|ssl_protocols|add_header|proxy_pass|proxy_set_header|client_max_body_size"
    rb"|server_tokens)[ \t][^\n]*;)",
    re.MULTILINE,
)
_DOCKERFILE = re.compile(r"(?i)(?:.*/)?(?:[^/]*[-_.])?(?:Dockerfile|Containerfile)(?:[-_.][^/]*)?")
_SCRIPT = re.compile(
    r"(?i).*\.(?:sh|bash)|(?:.*/)?(?:GNUm|M)akefile|(?:.*/)?justfile|\.github/workflows/.*\.ya?ml"
)
_INSTALLS = re.compile(r"/etc/(?:nginx|caddy|traefik)\b")
_BESIDE = re.compile(r"(?i)(?:^|/)(?:dev-?env|gitpod|devbox|vagrant)(?:/|$)")
_COMMANDS = re.compile(r"\b(?:cp|ln|install|mv|scp|rsync|envsubst|tee)\b")
_PLAYBOOK = re.compile(r"(?i)[^/]+\.ya?ml|(?:.*/)?(?:ansible|roles|tasks|playbooks)/.*\.ya?ml")
_PLACES = re.compile(
    r"src:[ \t]*[\"']?([^\s\"',}]+)[\"']?[ \t]*,?[ \t]*\n?[ \t]*dest:[ \t]*[\"']?"
    r"[^\n\"']*/(?:nginx|caddy|traefik)\b[^\n]*"
)
_READ = re.compile(
    r"/(?:etc/(?:nginx|caddy|traefik)|opt/bitnami/nginx|usr/local/(?:openresty/)?nginx|config/nginx)\b"
)


class Kind(StrEnum):
    """The program that a configuration is written for."""

    NGINX = "nginx"
    TRAEFIK = "traefik"
    CADDY = "caddy"


@dataclass(slots=True)
class Place:
    """Files that one proxy reads together; `by` names what puts them there, `image` is the proxy's.

    `targets` say where some of them are put in its container.
    """

    by: str
    files: dict[str, Kind] = field(default_factory=dict)
    image: str = ""
    targets: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ProxyFiles:
    """What was found: `places` that are deployed, `composed` services with labels, `samples` that nothing uses."""

    places: list[Place] = field(default_factory=list)
    composed: list[ComposedService] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)


def find_proxies(repo: Repo) -> ProxyFiles:
    """The configurations of the repository. Raises nothing: what cannot be read is no candidate."""
    holdings = Holdings(repo)
    known = dict(_candidates(repo))
    found = ProxyFiles()
    chosen = chosen_files(holdings, OwnServices(holdings))
    found.composed = [
        one
        for one in composed_services(repo, holdings)
        if one.path in chosen and not _BESIDE.search(one.path)
    ]
    if known:
        found.places = [p for p in _places(repo, holdings, known, found.composed) if p.files]
    used = {path for place in found.places for path in place.files}
    found.samples = sorted(set(known) - used)
    return found


def _candidates(repo: Repo) -> Iterator[tuple[str, Kind]]:
    for entry in repo.entries:
        path = entry.path
        if use_of(repo.below(path)) is Use.APART or entry.size > LIMIT:
            continue
        kind = _kind(repo, path)
        if kind is not None:
            yield path, kind


def _kind(repo: Repo, path: str) -> Kind | None:
    try:
        if _CADDY.fullmatch(path):
            return Kind.CADDY
        if _NGINX.fullmatch(path) and _SPEAKS_NGINX.search(repo.head(path)):
            return Kind.NGINX
        if _TRAEFIK.fullmatch(path) and is_traefik(repo.head(path).decode("utf-8", "replace")):
            return Kind.TRAEFIK
    except Trouble:
        # A file of that name that may not be read is taken for what its name says, and told when it is read.
        return Kind.NGINX if "nginx" in path.lower() else None
    return None


def _places(
    repo: Repo, holdings: Holdings, known: dict[str, Kind], composed: list[ComposedService]
) -> Iterator[Place]:
    built: set[str] = set()
    for one in composed:
        place = Place(f"{one.path} ({one.service.name})", image=one.image)
        place.files = {p: k for p, k in known.items() if _mounted(one, p)}
        binds = {posixpath.normpath(b.path): b.target or "" for b in one.service.binds}
        place.targets = {p: target for p in place.files if (target := _put(p, binds))}
        build = one.service.build
        context = (
            resolve("", build.context) if build and not build.remote and not build.inline else None
        )
        file = (
            holdings.dockerfile(context, build.dockerfile)
            if build and context is not None
            else None
        )
        if file is not None and context is not None:
            built.add(file)
            _copied(repo, file, context, known, place)
        yield place
    for path in sorted(holdings.files):
        if path in built or not _DOCKERFILE.fullmatch(path) or not repo.in_service(path):
            continue
        if use_of(repo.below(path)) is not Use.DEPLOYED or _BESIDE.search(repo.below(path)):
            continue
        place = Place(path)
        for context in (path.rpartition("/")[0], repo.root):
            if not place.files:
                _copied(repo, path, context, known, place)
        yield place
    yield from _installed(repo, known)


def _mounted(one: ComposedService, path: str) -> bool:
    if not one.has(path):
        return False
    if any(posixpath.normpath(f) == path for f in one.files):
        return True
    # With its folder: only where that goes to where a proxy reads.
    binds = [b for b in one.service.binds if posixpath.normpath(b.path) in (path, *parents(path))]
    return any(_READ.search(b.target or "") for b in binds)


def _put(path: str, sources: dict[str, str]) -> str:
    """Where a file is put that is given alone or with a folder, "" where that is not known."""
    for source in (path, *parents(path)):
        target = sources.get(source)
        if target:
            below = path[len(source) :].lstrip("/")
            return posixpath.join(target, below) if below else target
    return ""


def _copied(repo: Repo, file: str, context: str, known: dict[str, Kind], place: Place) -> None:
    """Take in what a Dockerfile copies of the configurations, named alone or with a folder that a proxy reads."""
    try:
        parsed = dockerfile.read(repo.read(file, limit=LIMIT).data)
    except (Trouble, FormatError):
        return
    found: dict[str, str] = {}
    names = {kind for kind in Kind if kind in str(parsed.instructions).lower()}
    for written, target, staged in _copies(parsed):
        source = resolve(context, written.rstrip("/") or ".") if not staged else ""
        if source is None:
            continue
        for path, kind in known.items():
            read = _READ.search(target) is not None or (
                kind in names and written not in (".", "./")
            )
            alone = path == source or (staged and written.endswith(f"/{path}"))
            if alone or (read and _below(path, source)):
                folder = target.endswith("/")
                found[path] = (
                    posixpath.join(target, posixpath.basename(path))
                    if alone and folder
                    else (
                        target if alone else posixpath.join(target, path[len(source) :].lstrip("/"))
                    )
                )
    kept = [p for p in found if not is_development(p.rpartition("/")[2])] or list(found)
    place.files |= {p: known[p] for p in kept}
    place.targets |= {p: found[p] for p in kept if "*" not in found[p]}


def _copies(parsed: Dockerfile) -> Iterator[tuple[str, str, bool]]:
    """Source and target of each copy, and whether it is from an earlier stage or another image."""
    for one in parsed.instructions:
        if one.name in ("COPY", "ADD"):
            words = [w.strip("\"'") for w in re.findall(r"[^\s\[\],]+", one.arguments)]
            for source in words[:-1]:
                yield source, words[-1], one.flag("from") is not None


def _below(path: str, source: str) -> bool:
    if "*" in source:
        return re.fullmatch(re.escape(source).replace(r"\*", "[^/]*"), path) is not None
    return bool(source) and path.startswith(f"{source}/")


def _installed(repo: Repo, known: dict[str, Kind]) -> Iterator[Place]:
    """What scripts put below /etc/nginx and the like, by the name of the file."""
    names: dict[str, list[str]] = {}
    for path in known:
        names.setdefault(path.rpartition("/")[2], []).append(path)
    for entry in repo.service:
        below = repo.below(entry.path)
        is_script = _SCRIPT.fullmatch(below) is not None
        if not (is_script or _PLAYBOOK.fullmatch(below)) or use_of(below) is not Use.DEPLOYED:
            continue
        try:
            text = repo.read(entry.path, limit=LIMIT).text
        except Trouble:
            continue
        if is_script:
            lines = [x for x in text.splitlines() if _INSTALLS.search(x) and _COMMANDS.search(x)]
        else:
            lines = [m[0] for m in _PLACES.finditer(text)]
        files = {
            paths[0]: known[paths[0]]
            for name, paths in names.items()
            if len(paths) == 1 and any(_word(name).search(line) for line in lines)
        }
        yield Place(entry.path, files)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
