"""Which paths the platform asks for the health of a service, and whether its code answers there.

HEALTHCHECK of its Dockerfiles, healthchecks of its Compose services, probes of its Kubernetes workloads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.code.topics.health_paths import segments
from auditor.formats.kubernetes.kube_gaps import probe_paths
from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.text.yaml_shapes import text_of, texts_of
from auditor.probing.code.health_looks import Endpoint, HealthLook
from auditor.probing.containers.composed_services import composed_services
from auditor.probing.containers.container_files import Holdings, Use, compose_paths, use_of
from auditor.probing.containers.deployed_dockerfiles import deployed_dockerfiles, text_or_nothing
from auditor.probing.contract import Context, FactSpec
from auditor.probing.kubernetes.kube_look import look_at_manifests
from auditor.probing.repository.entries import Entries

_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s\"']{1,20})?(/[^\s\"'|;&)]{0,100})"
)
_OPEN = re.compile(r"[{}$<>*\\]|\.\w{2,4}$")
_OWN_SERVER = re.compile(
    r"(?:^|/)(?:[^/]*nginx[^/]*|default|Caddyfile|[^/]+)\.?(?:conf|template|Caddyfile)$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A path that something asks for, where it is written; `ready` where a readiness probe does."""

    url: str
    path: str
    line: int
    by: str
    ready: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.by} asks for {self.url}"


def asked(ctx: Context, hidden: tuple[FactSpec, ...]) -> list[Asked]:
    """Every path of a health check of the service, by file and line; `hidden` is for what is not readable."""
    found = [*_dockerfiles(ctx), *_composed(ctx), *_probed(ctx, hidden)]
    return sorted(set(found), key=lambda a: (a.path, a.line, a.url))


def _dockerfiles(ctx: Context) -> Iterator[Asked]:
    for path, parsed in deployed_dockerfiles(ctx.repo):
        check = parsed.final.healthcheck
        if check is not None:
            for url in _URL.findall(" ".join(check.command.words)):
                yield Asked(url, path, check.line, "HEALTHCHECK")


def _composed(ctx: Context) -> Iterator[Asked]:
    if not any(_URL.search(text_or_nothing(ctx.repo, path)) for path in compose_paths(ctx.repo)):
        return
    for one in composed_services(ctx.repo, Holdings(ctx.repo)):
        test = dig(one.body, "healthcheck", "test")
        command = " ".join(texts_of(test)) or (text_of(test) or "")
        if not one.own or use_of(ctx.repo.below(one.path)) is not Use.DEPLOYED:
            continue
        for url in _URL.findall(command):
            yield Asked(
                url, one.path, _line(ctx, one.path, url), f"the healthcheck of {one.service.name}"
            )


def _probed(ctx: Context, hidden: tuple[FactSpec, ...]) -> Iterator[Asked]:
    for part in look_at_manifests(ctx, Entries(hidden)).parts:
        for made in part.ours:
            for container in made.containers:
                for kind, url in probe_paths(container):
                    yield Asked(
                        url,
                        made.object.path,
                        container.line or 1,
                        f"the {kind} probe",
                        kind == "readiness",
                    )


def _line(ctx: Context, path: str, url: str) -> int:
    text = text_or_nothing(ctx.repo, path)
    return text.count("\n", 0, max(0, text.find(url))) + 1


def unanswered(
    look: HealthLook, endpoints: Iterable[Endpoint], every: Iterable[Asked]
) -> list[Asked]:
    """Those whose last part is named nowhere in what the service reaches, nor in a file that serves for it."""
    known = {part for e in endpoints for part in segments(e.url)}
    texts = [*look.trees.texts.values(), *look.trees.texts, *_servers(look)]
    found = []
    for one in every:
        parts = segments(one.url)
        if not parts or _OPEN.search(one.url) or not known.isdisjoint(parts[-1:]):
            continue
        word = re.compile(rf"(?<![\w-]){re.escape(parts[-1])}(?![\w-])")
        if not any(word.search(text) for text in texts):
            found.append(one)
    return found


def _servers(look: HealthLook) -> Iterator[str]:
    """Configurations of web servers, and the settings of a Java service: what may answer besides the code."""
    repo = look.trees.ctx.repo
    yield from (look.text(e.path) for e in repo.service if _OWN_SERVER.search(e.path))
    java = look.topic.code.java
    yield from (f"{s.key} {s.value}" for s in java.settings.by_name.values())
    modules = {java.module(p) for p in look.topic.code.closure.reachable if p in java.files}
    if any("spring" in java.builds.all_text(m) for m in modules):
        yield "actuator health liveness readiness"  # a starter of the company's own may bring it along
