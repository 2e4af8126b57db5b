"""What the proxies that a repository deploys are told: their files put together, as their programs read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.kubernetes.kube_model import KubeObject
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import mapping_of, texts_of
from auditor.formats.web.caddyfile import judge_caddy, read_caddy
from auditor.formats.web.ingress_judge import judge_kubernetes
from auditor.formats.web.nginx_files import NginxFiles
from auditor.formats.web.nginx_text import Directive, read_nginx
from auditor.formats.web.proxy_model import ProxyEntry, Topic
from auditor.formats.web.template_text import conditional_lines, is_template
from auditor.formats.web.traefik_config import TraefikConfig, read_file, read_flags, read_labels
from auditor.formats.web.traefik_judge import judge_traefik
from auditor.probing.containers.composed_services import ComposedService
from auditor.probing.containers.proxy_files import LIMIT, Kind, Place, ProxyFiles
from auditor.probing.contract import Context, FactSpec, Problem, ProblemKind
from auditor.probing.repository.entries import Entries

_PLAIN_CADDY = re.compile(r"(?:docker\.io/)?(?:library/)?caddy")
_TRAEFIK = re.compile(r"(?:^|/)traefik$")
_EMBEDDED = {"ConfigMap": "data", "Secret": "stringData"}


def judged(
    ctx: Context, found: ProxyFiles, seen: Entries, invalid: FactSpec
) -> Iterator[ProxyEntry]:
    """The entries of everything that is deployed by files, Compose and Dockerfiles."""
    for place in found.places:
        yield from _nginx(ctx, place, seen, invalid)
        yield from _caddy(ctx, place, seen, invalid)
    yield from _traefik(ctx, found, seen, invalid)


def _nginx(ctx: Context, place: Place, seen: Entries, invalid: FactSpec) -> Iterator[ProxyEntry]:
    read: dict[str, tuple[Directive, ...]] = {}
    perhaps: dict[str, frozenset[int]] = {}
    for path in (p for p, kind in place.files.items() if kind is Kind.NGINX):
        with seen.reading(path, invalid, "nginx -t"):
            text = ctx.repo.read(path, limit=LIMIT).text
            perhaps[path] = conditional_lines(text)
            try:
                read[path] = read_nginx(text, path=path)
            except Malformed:
                if not is_template(text):
                    raise
                seen.problems.append(_unmade(path))
    if read:
        with seen.reading(min(read), invalid, "nginx -t"):
            files = NginxFiles(read, place.targets)
            for entry in files.entries():
                yield replace(entry, hangs=_hangs(entry, perhaps))
            seen.problems += [_unread(path) for path in files.unread]


def _hangs(entry: ProxyEntry, perhaps: dict[str, frozenset[int]]) -> bool:
    """Whether conditions of a template decide if an entry that decides something holds.

    What is served in the clear hangs on every `listen` of the file, the rest on its own line.
    """
    lines = perhaps.get(entry.path, frozenset())
    if entry.topic is Topic.PLAIN:
        return bool(lines)
    return entry.topic in (Topic.LIMIT, Topic.WEAK, Topic.LOST) and entry.line in lines


def _unmade(path: str) -> Problem:
    """A template that is no configuration even by its first branches: nginx never sees it so."""
    said = f"{path} is a template, which cannot be read before its variables are put in."
    hint = "Commit what it renders to, or show the answers of the deployment with --url."
    return Problem(ProblemKind.VACUOUS, said, hint)


def _unread(path: str) -> Problem:
    """A file that is deployed and that no include at hand names: whether nginx reads it is not known."""
    said = f"{path} is deployed for nginx, and no configuration at hand includes it."
    hint = "Include it by its name, or show the answers of the deployment with --url."
    return Problem(ProblemKind.VACUOUS, said, hint)


def _caddy(ctx: Context, place: Place, seen: Entries, invalid: FactSpec) -> Iterator[ProxyEntry]:
    plugin = False if _PLAIN_CADDY.fullmatch(place.image) else None
    for path in (p for p, kind in place.files.items() if kind is Kind.CADDY):
        with seen.reading(path, invalid, "caddy adapt"):
            top = read_caddy(ctx.repo.read(path, limit=LIMIT).text, path=path)
            yield from judge_caddy(top, path=path, has_plugin=plugin)


def _traefik(
    ctx: Context, found: ProxyFiles, seen: Entries, invalid: FactSpec
) -> Iterator[ProxyEntry]:
    """One table of all files and labels: what another stack than that of its file defines is known so."""
    config = TraefikConfig()
    for place in found.places:
        for path in (p for p, kind in place.files.items() if kind is Kind.TRAEFIK):
            with seen.reading(path, invalid, "traefik"):
                for key, option in read_file(ctx.repo.read(path, limit=LIMIT).text, path=path):
                    config.add(key, option)
    for one in found.composed:
        if _TRAEFIK.search(one.image):
            for key, option in read_flags(
                one.service.command, path=one.path, line=one.service.line
            ):
                config.add(key, option)
    texts: dict[str, list[str]] = {}
    for one in found.composed:
        if one.path not in texts:
            texts[one.path] = ctx.repo.read(one.path, limit=LIMIT).text.splitlines()
        _label(one, config, texts[one.path])
    yield from judge_traefik(config)


def _label(one: ComposedService, config: TraefikConfig, lines: list[str]) -> None:
    """The labels of a service, unless it says that Traefik is to leave it alone."""
    for labels in (one.body.get("labels"), mapping_of(one.body.get("deploy")).get("labels")):
        read = list(read_labels(labels, path=one.path, line=one.service.line))
        if any(k.lower() == "enable" and o.value == "false" for k, o in read):
            continue
        for key, option in read:
            config.add(key, replace(option, line=_line_of(f"traefik.{key}", lines, option.line)))


def _line_of(label: str, lines: list[str], start: int | None) -> int | None:
    below = enumerate(lines[start or 0 :], (start or 0) + 1)
    return next((number for number, text in below if label in text), start)


def traefik_labels(one: ComposedService) -> bool:
    """Whether a service has labels for Traefik."""
    labels = (one.body.get("labels"), mapping_of(one.body.get("deploy")).get("labels"))
    texts = [t for value in labels for t in (*texts_of(value), *mapping_of(value))]
    return any(t.startswith("traefik.http.") for t in texts)


def judged_in_cluster(
    objects: list[KubeObject], seen: Entries, invalid: FactSpec
) -> Iterator[ProxyEntry]:
    """The entries of Ingresses and Gateways, and of the files that ConfigMaps hold."""
    yield from judge_kubernetes(objects)
    for one in objects:
        key = _EMBEDDED.get(one.kind, "")
        held: dict[str, tuple[Directive, ...]] = {}
        for name, text in _embedded(one):
            start = one.document.text_line((*one.at, key, name)) or 1
            with seen.reading(one.path, invalid, "nginx -t"):
                held[f"nginx/{name}"] = tuple(
                    _moved(d, start - 1, one.path) for d in read_nginx(text, path=one.path)
                )
        if held:
            with seen.reading(one.path, invalid, "nginx -t"):
                yield from NginxFiles(held).entries()


def _is_nginx(name: str, text: str) -> bool:
    return (
        name.endswith((".conf", ".template"))
        and re.search(r"^\s*(?:http|server)\s*\{", text, re.M) is not None
    )


def _moved(one: Directive, by: int, path: str) -> Directive:
    block = tuple(_moved(d, by, path) for d in one.block) if one.block is not None else None
    return replace(one, line=one.line + by, block=block, path=path)


def embedded(objects: list[KubeObject]) -> list[str]:
    """The manifests that say something of a proxy."""
    kinds = ("Ingress", "Gateway", "Middleware")
    return sorted({o.path for o in objects if o.kind in kinds or list(_embedded(o))})


def _embedded(one: KubeObject) -> Iterator[tuple[str, str]]:
    """Name and text of the configurations of nginx that an object holds."""
    for name, text in mapping_of(one.body.get(_EMBEDDED.get(one.kind, ""))).items():
        if isinstance(text, str) and _is_nginx(name, text):
            yield name, text
