"""What Ingresses and Gateways of Kubernetes say of limits, TLS, redirects and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.formats.kubernetes.kube_model import KubeObject, dig, texts
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.web.proxy_model import BROKEN_TLS, HUGE_RATE, ProxyEntry, Topic

_NGINX = "nginx.ingress.kubernetes.io/"
_TRAEFIK = "traefik.ingress.kubernetes.io/"
_RATES = {"limit-rps": 1.0, "limit-rpm": 60.0}
_ZERO = re.compile(r"0[kKmMgG]?")
_CONTROLLER = "ssl-protocols"


def judge_kubernetes(objects: Iterable[KubeObject]) -> Iterator[ProxyEntry]:
    """The entries of the Ingresses, Gateways and ConfigMaps that are applied together."""
    every = list(objects)
    limits = {o.name: o for o in every if o.kind == "Middleware" and "rateLimit" in o.spec}
    for one in every:
        if one.kind == "Ingress":
            yield from _ingress(one, limits)
        elif one.kind == "Gateway":
            yield from _gateway(one)
        elif one.kind == "ConfigMap":
            yield from _controller(one)


def _ingress(one: KubeObject, limits: dict[str, KubeObject]) -> Iterator[ProxyEntry]:
    notes = texts(dig(one.body, "metadata", "annotations"))
    place = ("metadata", "annotations")
    rates = {k: notes[f"{_NGINX}{k}"] for k in _RATES if f"{_NGINX}{k}" in notes}
    named = notes.get(f"{_TRAEFIK}router.middlewares", "")
    by_name = [n for n in limits if any(n in w.partition("@")[0] for w in named.split(","))]
    holding = False
    for key, value in rates.items():
        why = _idle(key, value)
        line = one.line(*place, f"{_NGINX}{key}")
        said = f"{key} {value} on {one}"
        holding = holding or not why
        topic = Topic.IDLE if why else Topic.LIMIT
        yield _entry(topic, one, line, f"{said}: {why}" if why else said, passes=True)
    if by_name:
        holding = True
        yield _entry(
            Topic.LIMIT, one, one.line(*place), f"middleware {by_name[0]} on {one}", passes=True
        )
    if not holding and not rates and (not named or limits) and not _snippet(notes):
        yield _entry(
            Topic.UNLIMITED, one, one.line(), f"{one} has no limit of requests", passes=True
        )
    yield from _secure(one, notes)
    size = notes.get(f"{_NGINX}proxy-body-size")
    if size is not None:
        topic = Topic.UNBOUNDED if _ZERO.fullmatch(size) else Topic.BOUND
        line = one.line(*place, f"{_NGINX}proxy-body-size")
        yield _entry(topic, one, line, f"proxy-body-size {size} on {one}")


def _snippet(notes: dict[str, str]) -> bool:
    return any("limit_req" in v for k, v in notes.items() if k.endswith("snippet"))


def _idle(key: str, value: str) -> str:
    if not value.isdigit():
        return ""
    if int(value) == 0:
        return "0 means no limit"
    return "it holds nobody back" if int(value) / _RATES[key] >= HUGE_RATE else ""


def _secure(one: KubeObject, notes: dict[str, str]) -> Iterator[ProxyEntry]:
    blocks = [mapping_of(t) for t in list_of(one.spec.get("tls"))]
    if not blocks:
        return
    covered = {h for t in blocks for h in texts_of(t.get("hosts")) if t.get("hosts") is not None}
    yield _entry(Topic.TLS, one, one.line("spec", "tls"), f"{one} ends TLS")
    hosts = [text_of(mapping_of(r).get("host")) or "" for r in list_of(one.spec.get("rules"))]
    if covered:
        for place, host in enumerate(hosts):
            if host and not _covers(host, covered):
                line = one.line("spec", "rules", place, "host")
                what = f"{one}: no tls covers the host {host}"
                yield _entry(Topic.PLAIN, one, line, what, passes=True)
    redirect = notes.get(f"{_NGINX}ssl-redirect")
    if redirect == "false" and notes.get(f"{_NGINX}force-ssl-redirect") != "true":
        line = one.line("metadata", "annotations", f"{_NGINX}ssl-redirect")
        what = f"{one}: ssl-redirect is off, so it serves over plain HTTP"
        yield _entry(Topic.PLAIN, one, line, what, passes=True)


def _covers(host: str, covered: set[str]) -> bool:
    wild = f"*.{host.partition('.')[2]}"
    return host in covered or wild in covered or any("$" in c or "{" in c for c in covered | {host})


def _gateway(one: KubeObject) -> Iterator[ProxyEntry]:
    for place, raw in enumerate(list_of(one.spec.get("listeners"))):
        listener = mapping_of(raw)
        if text_of(listener.get("protocol")) in ("HTTPS", "TLS"):
            name = text_of(listener.get("name")) or place
            yield _entry(
                Topic.TLS,
                one,
                one.line("spec", "listeners", place),
                f"{one}: listener {name} ends TLS",
            )


def _controller(one: KubeObject) -> Iterator[ProxyEntry]:
    """The ConfigMap of the ingress controller of nginx."""
    data = texts(one.body.get("data"))
    broken = [w for w in data.get(_CONTROLLER, "").split() if w.lower() in BROKEN_TLS]
    if broken:
        line = one.line("data", _CONTROLLER)
        yield _entry(Topic.WEAK, one, line, f"ssl-protocols allows {', '.join(broken)} ({one})")


def _entry(
    topic: Topic, one: KubeObject, line: int | None, what: str, *, passes: bool = False
) -> ProxyEntry:
    return ProxyEntry(topic, one.path, line, what, passes)
