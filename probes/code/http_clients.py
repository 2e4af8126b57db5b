"""Calls to HTTP clients, and whether each has a time-out.

Looks at Python (requests, httpx, aiohttp, urllib, urllib3, http.client), JavaScript and TypeScript (axios,
fetch, node-fetch, undici, got, node's http), Go (net/http) and Java (java.net.http, HttpURLConnection, OkHttp,
Retrofit, Apache HttpClient 4 and 5, RestTemplate, RestClient, WebClient, Feign, Micronaut's and the JAX-RS
client; for Spring, OpenFeign and Micronaut the packaged settings too) in the files that the service reaches
from where it starts. A bound counts where the library looks for it: at the call, or at the client that makes
it. What a library waits by default counts too: httpx 5 s, aiohttp and fetch 300 s, the others for ever.
A bound of None or 0 is none; above 60 s it is long. Where options come from elsewhere (`**kwargs`, a
parameter that may be None, an adapter), it cannot be told, and no clean list is given. Cannot see the
clients inside SDKs, gRPC and database drivers, clients behind functions, or what a proxy cuts short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.code.java.timeouts_java import Around, java_waits
from auditor.code.reach.uses import Use
from auditor.code.topics.timeouts import Wait, waits
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.contract import (
    Context,
    Fact,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

TOTAL = FactSpec(
    "http_calls.total",
    FactType.NUMBER,
    "Calls to HTTP clients, and clients, that the service reaches",
)
WITHOUT = FactSpec(
    "http_calls.without_timeout", FactType.LIST, "Those that wait for ever (path:line call)"
)
LONG = FactSpec("http_calls.long_timeout", FactType.LIST, "Those that wait for more than 60 s")
UNCLEAR = FactSpec("http_calls.unclear", FactType.LIST, "Those whose time-out cannot be told")
UNREACHED = FactSpec(
    "http_calls.unreachable", FactType.NUMBER, "Calls in files that the service does not import"
)

_FACTS = (TOTAL, WITHOUT, LONG, UNCLEAR)
_KEYS = tuple(spec.key for spec in _FACTS)
_AXIOS = "axios.defaults.timeout"
_MOST = 200


@probe(
    "code.http_clients",
    title="Time-outs of HTTP clients",
    needs=[Need.REPOSITORY],
    emits=[*_FACTS, UNREACHED],
    pure=True,
)
def http_clients(ctx: Context) -> Iterator[Observation]:
    """Judge every reachable call by what bounds it."""
    topic = topic_of(ctx, "http_clients")
    doubts = list(gaps(topic, *_KEYS))
    counted = [u for u in topic.reachable if u.rule.role in ("call", "client")]
    judged = [(use, judge(use, topic)) for use in counted]
    source = topic.source(ctx)
    lists = {wait: [u for u, w in judged if w is wait] for wait in Wait}
    yield from doubts
    if doubts and not lists[Wait.FOREVER]:
        return
    if counted:
        yield TOTAL.of(
            len(counted), level=Level.EFFECTIVE, source=source, produced_at=ctx.observed_at
        )
    else:
        yield silent(topic)
    yield listed(ctx, UNCLEAR, lists[Wait.UNCLEAR], source)
    if not doubts:
        yield listed(ctx, LONG, lists[Wait.LONG], source)
        yield UNREACHED.of(
            len(topic.unreachable),
            level=Level.EFFECTIVE,
            source=source,
            produced_at=ctx.observed_at,
        )
    unknown = lists[Wait.UNCLEAR] + bad(topic.perhaps, topic)
    if unknown and not lists[Wait.FOREVER]:
        yield unclear(unknown)
    else:
        yield listed(ctx, WITHOUT, lists[Wait.FOREVER], source)


def silent(topic: Topic) -> Problem:
    """Why no call was counted: one may stand in an SDK, or in gRPC, which are not read."""
    apart = len(topic.unreachable)
    also = f"; {apart} stand in files that it does not import" if apart else ""
    return Problem(
        ProblemKind.VACUOUS,
        f"No call to an HTTP client was found in {len(topic.code.closure.reachable)} files that the service"
        f" reaches{also}.",
        "Where it calls nobody, say so under not_applicable: in auditor.yaml. Calls of SDKs and gRPC are not"
        " read: attest their time-outs.",
        (TOTAL.key,),
    )


def judge(use: Use, topic: Topic) -> Wait:
    """What a use waits. A session without bounds of its own counts by its calls, which must be seen."""
    if use.rule.language == "java":
        java = topic.code.java
        uses = topic.reachable + topic.perhaps
        around = Around(
            uses,
            topic.code.scans,
            java.settings,
            lambda path: java.builds.all_text(java.module(path)),
        )
        return java_waits(use, around)
    if use.rule.role == "client" and not use.rule.text("unit"):
        return Wait.BOUNDED if followed(use, topic) else Wait.UNCLEAR
    found = waits(use, topic.scan(use))
    if found is Wait.FOREVER and use.made is not None and adapted(use.made, topic):
        return Wait.UNCLEAR
    if found is not Wait.BOUNDED and use.rule.library == "axios":
        scans = (topic.code.scans[p] for p in topic.code.closure.reachable if p in topic.code.scans)
        if any(s.constants.get(_AXIOS, "0") != "0" for s in scans):
            return Wait.BOUNDED
    return found


def followed(client: Use, topic: Topic) -> bool:
    """Whether a call of the client was found, and it is not handed on."""
    if client.call.target in ("", "return"):
        chained = (u.call for u in topic.reachable if u.path == client.path and u.made is None)
        return any(c.line == client.call.line and c.name.count("(") for c in chained)
    return any(u.made == client for u in topic.reachable)


def adapted(client: Use, topic: Topic) -> bool:
    """Whether an adapter is mounted on a session, which may bound its calls."""
    prefix = f"{client.call.target}.mount"
    return any(call.name == prefix for call in topic.scan(client).calls)


def bad(uses: Iterable[Use], topic: Topic) -> list[Use]:
    """Those that do not wait within a bound."""
    return [
        u for u in uses if u.rule.role in ("call", "client") and judge(u, topic) is Wait.FOREVER
    ]


def unclear(uses: list[Use]) -> Problem:
    """Why there is no clean list."""
    return Problem(
        ProblemKind.VACUOUS,
        f"{len(uses)} calls to HTTP clients may or may not have a time-out: their options come from "
        f"elsewhere, or their client could not be followed. The first is {uses[0]}.",
        "Write the time-out at the call or where the client is made.",
        (WITHOUT.key,),
        tuple(Location(path=u.path, line=u.call.line) for u in uses[:_MOST]),
    )


def listed(ctx: Context, spec: FactSpec, uses: list[Use], source: Source) -> Fact:
    """A fact that lists uses."""
    return listing(
        ctx, spec, [str(u) for u in uses], [(u.path, u.call.line) for u in uses[:_MOST]], source
    )
