"""Circuit breakers: which the service makes, and which of them calls go through for longer than one request.

Looks at what the service imports from where it starts: pybreaker, aiobreaker, circuitbreaker and purgatory for
Python, opossum and cockatiel for scripts, gobreaker, hystrix-go and failsafe-go for Go, for Java Resilience4j, Spring
Cloud, Sentinel, Hystrix, MicroProfile, Micronaut and Failsafe with the packaged settings, and classes of the service's
own that are called CircuitBreaker and have a state, a limit, a refusal and a way back (in Java not judged). A breaker
counts where a call goes through it (by decorator, `with`, `call`, `fire`, `execute` …) and it is kept: made at
the top of a file, when the service starts, or by an object that is. It is ineffective where nothing goes
through it, where each call makes a new one, or where it never opens (1000 failures and more, 100 %) or never
stays open. Cannot see breakers of a service mesh (outlier detection), nor whether every call has one, nor
whether it opened in a real outage.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Location, Source
from auditor.model.probe import FactType
from auditor.probing.code.breaker_nouns import Breaker, Breakers
from auditor.probing.code.breaking import read_breakers
from auditor.probing.code.code_texts import Texts
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

DECLARED = FactSpec(
    "breakers.declared", FactType.LIST, "Circuit breakers that the service makes (path:line what)"
)
WRAPPING = FactSpec(
    "breakers.wrapping", FactType.LIST, "Those that calls go through and that outlive a request"
)
INEFFECTIVE = FactSpec("breakers.ineffective", FactType.LIST, "Those that protect nothing, and why")

_FACTS = (DECLARED, WRAPPING, INEFFECTIVE)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 100
_FEW = 3
_ROLES = ("breaker", "direct", "go", "java.note", "java.breaker", "java.direct", "java.sentinel")


@probe(
    "code.breakers",
    title="Circuit breakers in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def breakers(ctx: Context) -> Iterator[Observation]:
    """Tell breakers that protect a call from those that do not."""
    topic = topic_of(ctx, "breakers")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    every = read_breakers(topic, Texts(ctx, topic))
    wrapping = [b for b in every.found if b.wraps]
    hidden = list(unknown(topic, every, bool(wrapping)))
    yield from hidden
    source = topic.source(ctx)
    if every.found or not doubts:
        yield listed(ctx, DECLARED, every.found, source)
    if wrapping or not (doubts or hidden):
        yield listed(ctx, WRAPPING, wrapping, source)
    bad = [b for b in every.found if b.fault]
    if bad or not (doubts or hidden):
        yield listed(ctx, INEFFECTIVE, bad, source)


def unknown(topic: Topic, every: Breakers, wrapping: bool) -> Iterator[Problem]:
    """Why the lists may not be the whole truth."""
    keys = (INEFFECTIVE.key,) if wrapping else (WRAPPING.key, INEFFECTIVE.key)
    doubtful = [b for b in every.found if b.doubt]
    if doubtful:
        yield Problem(
            ProblemKind.VACUOUS,
            f"It cannot be told whether {doubtful[0]} protects a call: {doubtful[0].doubt}.",
            "Make the breaker at the top of its module and call through it by that name, or attest the item.",
            keys,
            tuple(Location(path=b.path, line=b.line) for b in doubtful[:_MOST]),
        )
    if every.perhaps and not wrapping:
        path, line, name = every.perhaps[0]
        yield Problem(
            ProblemKind.VACUOUS,
            f"{path}:{line} declares {name}, a breaker of the service's own as it seems, which is not judged here.",
            "Attest the item with the breaker's state metric while an upstream was stopped.",
            keys,
            tuple(Location(path=p, line=n) for p, n, _ in every.perhaps[:_MOST]),
        )
    perhaps = [u for u in topic.perhaps if u.rule.role in _ROLES]
    if perhaps and not wrapping:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Code that is imported by a value, if at all, makes a circuit breaker ({perhaps[0]}).",
            "Import it by name, or attest the item.",
            keys,
            tuple(Location(path=u.path, line=u.call.line) for u in perhaps[:_MOST]),
        )


def listed(ctx: Context, spec: FactSpec, found: list[Breaker], source: Source) -> Fact:
    """A fact that lists breakers: with what goes through them, or why that is nothing."""
    return listing(
        ctx,
        spec,
        [_said(spec, breaker) for breaker in found],
        [(b.path, b.line) for b in found[:_MOST]],
        source,
    )


def _said(spec: FactSpec, breaker: Breaker) -> str:
    if spec is INEFFECTIVE:
        return f"{breaker}: {breaker.fault}"
    if spec is WRAPPING and not breaker.wraps[0].startswith(f"{breaker.path}:{breaker.line}"):
        more = f" and {len(breaker.wraps) - _FEW} more" if len(breaker.wraps) > _FEW else ""
        return f"{breaker} around {', '.join(breaker.wraps[:_FEW])}{more}"
    return str(breaker)
