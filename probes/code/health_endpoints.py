"""Health endpoints in the code: what their handlers ask, and whether they can say anything but yes.

Looks in the files that the service imports from where it starts, for routes whose path speaks of health,
liveness or readiness: FastAPI, Flask, Django, aiohttp and others; Express, Koa, Fastify, Hono, NestJS, routes
by file; net/http, chi, gin, echo, fiber, gorilla; Spring, JAX-RS, Micronaut; and for what libraries make
(Spring Boot's actuator by its settings, terminus, django-health-check, lightship, health-go and others).
A handler is read with the functions of the service that it calls. It is constant where nothing that it does
can change its answer; it hides where it asks, catches what fails, and has no answer but 200; it is skipped where
a setting lets it answer well unasked. Where no route says readiness, those of health as such are judged.
A path that HEALTHCHECK, Compose or a Kubernetes probe asks for is unanswered where its last part is named nowhere
in the code. Cannot see what a dependency's own library does, nor what a proxy answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.topics.health_paths import Kind
from auditor.code.topics.signal_places import Place
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.health_asked import Asked, asked, unanswered
from auditor.probing.code.health_doubts import HealthDoubts
from auditor.probing.code.health_libraries import HealthLibraries
from auditor.probing.code.health_looks import TOPIC, Endpoint, HealthLook
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

_LIST = FactType.LIST
ROUTES = FactSpec(
    "health_endpoints.routes", _LIST, "Health endpoints in the code (path:line route)"
)
READY = FactSpec("health_endpoints.ready", _LIST, "Readiness endpoints in the code")
ASKING = FactSpec("health_endpoints.asking", _LIST, "Readiness that asks dependencies, and which")
CONSTANT = FactSpec(
    "health_endpoints.constant", _LIST, "Readiness that always gives the same answer"
)
HIDING = FactSpec(
    "health_endpoints.hiding", _LIST, "Readiness that answers 200 when what it asks fails"
)
SKIPPED = FactSpec(
    "health_endpoints.skipped", _LIST, "Settings that let readiness answer well unasked"
)
OFF = FactSpec(
    "health_endpoints.switched_off", _LIST, "Settings that switch a health endpoint off, or hide it"
)
UNREACHED = FactSpec(
    "health_endpoints.unreachable", _LIST, "Health routes in files that the service does not import"
)
UNANSWERED = FactSpec(
    "health_endpoints.unanswered", _LIST, "Health checks that ask for a path without a route"
)

_JUDGED = (ASKING, CONSTANT, HIDING, SKIPPED)
_FACTS = (ROUTES, READY, *_JUDGED, OFF, UNREACHED, UNANSWERED)
_KEYS = tuple(spec.key for spec in _FACTS)
_ABOUT_READY = (READY.key, *(spec.key for spec in _JUDGED))
_MOST = 100

Places = list[tuple[str, int, str]]


@probe(
    "code.health_endpoints",
    title="Health endpoints in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def health_endpoints(ctx: Context) -> Iterator[Observation]:
    """What was found is told in any case; that there is nothing, only where nothing can hide."""
    topic = topic_of(ctx, TOPIC)
    hidden = list(gaps(topic, *_KEYS))
    look = HealthLook(trees_of(ctx, topic.code), topic)
    libraries = HealthLibraries(look)
    doubts = HealthDoubts(look, libraries)
    found = libraries.endpoints()
    ready = [e for e in found if e.kind is Kind.READY]
    if not hidden and not ready:
        keys = (READY.key, UNANSWERED.key) if found else _KEYS
        hidden = list(doubts.problems(found, keys, _ABOUT_READY))
    yield from hidden
    # Where no route is called readiness, those of health as such have to tell it.
    judged = ready or [e for e in found if e.kind is Kind.HEALTH]
    unread = [e for e in judged if e.answer is None]
    if unread:
        yield doubts.unread(unread, [spec.key for spec in _JUDGED])
    every = asked(ctx, (UNANSWERED,))
    lists: dict[FactSpec, Places] = {
        ROUTES: [(e.path, e.line, str(e)) for e in found],
        READY: [(e.path, e.line, str(e)) for e in ready],
        **judgements(doubts, judged, constants(found, every)),
        OFF: [(p.path, p.line, str(p)) for p in libraries.switched_off],
        UNREACHED: [(p.path, p.line, str(p)) for p in doubts.unreached()],
        UNANSWERED: []
        if hidden
        else [(a.path, a.line, str(a)) for a in unanswered(look, found, every)],
    }
    silent = {key for problem in hidden for key in problem.facts}
    silent |= {spec.key for spec in _JUDGED if unread}
    for spec, places in lists.items():
        if places or spec.key not in silent:
            texts, where = (
                zip(*((t, (p, n)) for p, n, t in sorted(set(places))), strict=True)
                if places
                else ((), ())
            )
            yield listing(ctx, spec, list(texts), where[:_MOST], topic.source(ctx))


def constants(found: list[Endpoint], every: list[Asked]) -> list[Endpoint]:
    """The endpoints that always answer the same, and are called readiness, or asked as such by the platform."""
    probed = {a.url.rstrip("/") for a in every if a.ready}
    meant = [e for e in found if e.kind is Kind.READY or e.url.rstrip("/") in probed]
    return [e for e in meant if e.answer is not None and e.answer.constant]


def judgements(
    doubts: HealthDoubts, judged: list[Endpoint], constant: list[Endpoint]
) -> dict[FactSpec, Places]:
    """What the handlers do that have to tell readiness."""
    told = [(e, e.answer) for e in judged if e.answer is not None]
    return {
        ASKING: [(e.path, e.line, f"{e}: {', '.join(a.asks[:6])}") for e, a in told if a.asks],
        CONSTANT: [(e.path, e.line, f"{e}: it asks nothing") for e in constant],
        HIDING: [(e.path, e.line, f"{e}: {a.hides}") for e, a in told if a.hides],
        SKIPPED: [(s.path, s.line, f"{s}, {_switch(doubts, s)}") for _, a in told for s in a.skips],
    }


def _switch(doubts: HealthDoubts, place: Place) -> str:
    default = doubts.default(place.what)
    return f"which is {default} by default" if default else "whose default is not known"
