"""Reads what the proxies in front of the service are told: limits of requests, TLS, redirects, headers, sizes.

Configurations of nginx, Traefik (files, flags, labels of containers) and Caddy, Ingresses and Gateways of
Kubernetes, and nginx in ConfigMaps. A file counts where a Compose file of the service mounts it, a Dockerfile
copies it, or a script puts it below /etc/nginx and the like; others are samples, and are told apart. Includes
are followed within what is deployed together; of a template the first branch of each condition is read. In
nginx a block with an `add_header`, `limit_req` or `ssl_protocols` of its own inherits none: security headers
that are lost so are told, for pictures and scripts only those that they owe. A limit counts where its key is
the client and its rate below 1,000 requests a second. A server for plain HTTP is told only where TLS is offered
under the same name. Neither is told of a route to a service whose code speaks of setting such headers, or of
sending to HTTPS, by itself. Cannot see what the packages' own files say, IngressRoutes, Apache, HAProxy, Envoy,
nor proxies and load balancers of the platform.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.web.proxy_model import ProxyEntry, Topic
from auditor.formats.web.template_text import FILLED
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.containers.proxy_doubts import kept
from auditor.probing.containers.proxy_files import find_proxies
from auditor.probing.containers.proxy_look import (
    embedded,
    judged,
    judged_in_cluster,
    traefik_labels,
)
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.kubernetes.kube_look import look_at_manifests
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
FILES = FactSpec("proxies.files", _LIST, "Configurations of proxies that a deployment uses.")
SAMPLES = FactSpec("proxies.samples", _LIST, "Configurations of proxies that nothing here deploys.")
INVALID = FactSpec("proxies.invalid", _LIST, "What the proxy would refuse to start with.")
LIMITS = FactSpec(
    "proxies.rate_limits",
    _LIST,
    "Routes to a service whose requests a proxy limits for each client.",
)
IDLE = FactSpec(
    "proxies.ineffective_limits",
    _LIST,
    "Limits of a proxy that nothing uses or that hold nobody back.",
)
UNLIMITED = FactSpec(
    "proxies.unlimited", _LIST, "Routes of a proxy to a service without limit of requests."
)
TLS = FactSpec("proxies.tls", _LIST, "Where a proxy ends TLS.")
WEAK = FactSpec("proxies.weak_tls", _LIST, "Broken versions of TLS that a proxy is told to allow.")
PLAIN = FactSpec(
    "proxies.plain_beside_tls",
    _LIST,
    "What a proxy serves over plain HTTP though it offers TLS for it.",
)
HEADERS = FactSpec("proxies.headers", _LIST, "Security headers that a proxy adds.")
LOST = FactSpec(
    "proxies.lost_headers", _LIST, "Security headers of a proxy that do not reach an answer."
)
BOUNDS = FactSpec("proxies.bounds", _LIST, "Limits of size and time that a proxy is told.")
UNBOUNDED = FactSpec(
    "proxies.unbounded", _LIST, "Limits of size and time that a proxy is told to drop."
)
VERSION = FactSpec("proxies.tells_version", _LIST, "Servers of a proxy that tell its version.")

_BY_TOPIC = {
    Topic.LIMIT: LIMITS, Topic.IDLE: IDLE, Topic.UNLIMITED: UNLIMITED, Topic.TLS: TLS, Topic.WEAK: WEAK,
    Topic.PLAIN: PLAIN, Topic.HEADER: HEADERS, Topic.LOST: LOST, Topic.BOUND: BOUNDS, Topic.UNBOUNDED: UNBOUNDED,
    Topic.VERSION: VERSION, Topic.REFUSED: INVALID,
}  # fmt: skip
_JUDGED = (
    FILES,
    SAMPLES,
    INVALID,
    *(spec for topic, spec in _BY_TOPIC.items() if topic is not Topic.REFUSED),
)
_SEARCHED = "searched: *.conf, Caddyfile, *traefik*, labels of Compose, Ingresses, ConfigMaps"


@probe(
    "infra.proxies",
    title="Proxies in front of the service",
    needs=[Need.REPOSITORY],
    emits=_JUDGED,
    pure=True,
    tools=["helm"],
    timeout_s=180.0,
)
def proxies(ctx: Context) -> Iterator[Observation]:
    """List what every configuration says, by what it is about."""
    seen = Entries(_JUDGED)
    found = find_proxies(ctx.repo)
    look = look_at_manifests(ctx, seen)
    objects = [one for part in look.parts for one in part.set.objects]
    entries = [*judged(ctx, found, seen, INVALID), *judged_in_cluster(objects, seen, INVALID)]
    told = list(kept(ctx, dict.fromkeys(entries)))
    for entry in told:
        if not entry.hangs:
            seen.add(
                _BY_TOPIC[entry.topic], entry.path, entry.line, entry.what.replace(FILLED, "…")
            )
    open_ = [e for e in told if e.hangs and _BY_TOPIC[e.topic].key not in seen.found]
    yield from undecided(open_)
    seen.facts = tuple(
        s for s in seen.facts if s.key not in {_BY_TOPIC[e.topic].key for e in open_}
    )
    used = {path for place in found.places for path in place.files} | set(embedded(objects))
    used |= {one.path for one in found.composed if traefik_labels(one)}
    files = sorted(used)
    source = ctx.repo.source(", ".join(files) or _SEARCHED)
    level = look.level if objects else Level.EFFECTIVE
    for spec, paths in ((FILES, files), (SAMPLES, found.samples)):
        if paths:
            seen.found[spec.key] = [(path, Location(path=path)) for path in paths]
    yield from seen.observations(ctx, source, level)


def undecided(entries: list[ProxyEntry]) -> Iterator[Problem]:
    """Why facts are not known of which every entry hangs on conditions of a template."""
    for key, entry in {_BY_TOPIC[e.topic].key: e for e in reversed(entries)}.items():
        place = Location(path=entry.path, line=entry.line)
        yield Problem(
            ProblemKind.VACUOUS,
            f"{place} {entry.what.replace(FILLED, '…')}, if conditions of a template hold.",
            "Commit what it renders to, or show the answers of the deployment with --url.",
            (key,),
            (place,),
        )
