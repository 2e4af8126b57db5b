"""Retries: where a failed call is repeated, and whether that ends, is spaced out and is safe.

Looks at what the service imports from where it starts, for Python (tenacity, backoff, stamina, retrying, retry,
urllib3 with requests, httpx transports, celery), scripts (axios-retry, async-retry, p-retry, promise-retry, retry,
exponential-backoff, got, cockatiel), Go (cenkalti/backoff, avast/retry-go, go-retryablehttp, sethvargo/go-retry) and
Java (spring-retry, Spring, Resilience4j with its settings, MicroProfile, Micronaut, Failsafe, Reactor, guava-retrying,
Feign), with what each does by itself: tenacity.retry without arguments never ends and never waits. An annotation of
Java does nothing without what enables it, on a private method, or where only its own class calls the method.
A retry counts where it decorates something that is called, runs something, or is mounted. It is unsafe where
it repeats a POST or PATCH without an idempotency key. Loops of the service's own are listed apart and not
judged. Cannot see the retries of SDKs, brokers, proxies and meshes, nor whether a deadline is longer than all attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.code.topics.pacing import Told
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.code.retrying import is_retry, read_retries
from auditor.probing.code.retrying_nouns import Retries, Retry
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

APPLIED = FactSpec(
    "retries.applied", FactType.LIST, "Retries at work around calls (path:line what)"
)
UNBOUNDED = FactSpec("retries.unbounded", FactType.LIST, "Those that may go on for ever")
WITHOUT_BACKOFF = FactSpec(
    "retries.without_backoff", FactType.LIST, "Those that wait not at all, or always as long"
)
WITHOUT_JITTER = FactSpec(
    "retries.without_jitter", FactType.LIST, "Those in whose waits chance has no part"
)
UNSAFE = FactSpec(
    "retries.unsafe", FactType.LIST, "Those that repeat a POST or PATCH without an idempotency key"
)
INEFFECTIVE = FactSpec(
    "retries.ineffective", FactType.LIST, "Retries that never repeat anything, and why"
)
HAND_WRITTEN = FactSpec(
    "retries.hand_written", FactType.LIST, "Loops of the service's own that repeat what failed"
)
UNREACHABLE = FactSpec(
    "retries.unreachable", FactType.LIST, "Retries in files that the service does not import"
)

_FACTS = (
    APPLIED, UNBOUNDED, WITHOUT_BACKOFF, WITHOUT_JITTER, UNSAFE, INEFFECTIVE, HAND_WRITTEN, UNREACHABLE,
)  # fmt: skip
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 100
_ROLES = ("retry", "task", "java.retry", "java.note")

_FAULTS: tuple[tuple[FactSpec, Callable[[Retry], Told], str], ...] = (
    (UNBOUNDED, lambda r: r.pace.ends, "when they end"),
    (WITHOUT_BACKOFF, lambda r: r.pace.grows, "whether their waits grow"),
    (WITHOUT_JITTER, lambda r: r.pace.jitter, "whether their waits have jitter"),
    (UNSAFE, lambda r: r.safe, "whether what they repeat may be repeated"),
)


@probe(
    "code.retries", title="Retries in the code", needs=[Need.REPOSITORY], emits=_FACTS, pure=True
)
def retries(ctx: Context) -> Iterator[Observation]:
    """Tell what repeats, and what is wrong with it."""
    topic = topic_of(ctx, "retries")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    found = read_retries(topic, Texts(ctx, topic))
    source = topic.source(ctx)
    hidden = [] if found.applied else list(unknown(topic, found))
    yield from hidden
    if found.applied or not (doubts or hidden):
        yield listed(ctx, APPLIED, found.applied, source)
    for spec, question, words in _FAULTS:
        bad = [r for r in found.applied if question(r) is Told.NO]
        open_ = [r for r in found.applied if question(r) is Told.UNCLEAR]
        if bad:
            yield listed(ctx, spec, bad, source)
        elif open_ and not doubts:
            yield unclear(spec, open_, words)
        elif not (doubts or hidden or (found.unclear and not found.applied)):
            yield listed(ctx, spec, [], source)
    if found.idle or not doubts:
        yield listed(ctx, INEFFECTIVE, found.idle, source)
    if found.loops or not doubts:
        yield HAND_WRITTEN.of(
            [f"{path}:{line} {what}" for path, line, what in found.loops],
            level=Level.EFFECTIVE,
            source=source,
            locations=[Location(path=p, line=n) for p, n, _ in found.loops[:_MOST]],
            produced_at=ctx.observed_at,
        )
    if not doubts:
        yield unreachable(ctx, topic, source)


def unknown(topic: Topic, found: Retries) -> Iterator[Problem]:
    """Why none that was seen at work does not mean that there is none."""
    keys = (APPLIED.key, *(spec.key for spec, _, _ in _FAULTS))
    if found.unclear:
        first = found.unclear[0]
        yield Problem(
            ProblemKind.VACUOUS,
            f"{first} may or may not be at work: {first.why}.",
            "Mount the adapter where it is made, or attest the item.",
            keys,
            tuple(Location(path=r.path, line=r.line) for r in found.unclear[:_MOST]),
        )
    if found.loops:
        path, line, what = found.loops[0]
        yield Problem(
            ProblemKind.VACUOUS,
            f"The service repeats calls in loops of its own ({path}:{line} {what}), which are not judged here.",
            "Use a library for retries, or attest the item with a test that counts attempts and waits.",
            keys,
            tuple(Location(path=p, line=n) for p, n, _ in found.loops[:_MOST]),
        )
    perhaps = [u for u in topic.perhaps if u.rule.role in _ROLES and is_retry(u, topic)]
    if perhaps:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Code that is imported by a value, if at all, repeats calls ({perhaps[0]}).",
            "Import it by name, or attest the item.",
            keys,
            tuple(Location(path=u.path, line=u.call.line) for u in perhaps[:_MOST]),
        )


def unclear(spec: FactSpec, open_: list[Retry], words: str) -> Problem:
    """Why there is no clean list."""
    return Problem(
        ProblemKind.VACUOUS,
        f"It is not told of {len(open_)} retries {words}. The first is {open_[0]}.",
        "Write the options where the retry is made, or attest the item with a test that counts attempts at a stub.",
        (spec.key,),
        tuple(Location(path=r.path, line=r.line) for r in open_[:_MOST]),
    )


def listed(ctx: Context, spec: FactSpec, found: list[Retry], source: Source) -> Fact:
    """A fact that lists retries, with what is wrong where the fact does not say it."""
    why = {INEFFECTIVE.key: lambda r: f": {r.why}", UNSAFE.key: lambda r: f": repeats {r.unsafe}"}
    more: Callable[[Retry], str] = why.get(spec.key, lambda r: "")
    return listing(
        ctx,
        spec,
        [f"{retry}{more(retry)}" for retry in found],
        [(r.path, r.line) for r in found[:_MOST]],
        source,
    )


def unreachable(ctx: Context, topic: Topic, source: Source) -> Fact:
    """The retries that do not count."""
    lost = [u for u in topic.unreachable if u.rule.role in _ROLES and is_retry(u, topic)]
    return UNREACHABLE.of(
        [str(u) for u in lost],
        level=Level.EFFECTIVE,
        source=source,
        locations=[Location(path=u.path, line=u.call.line) for u in lost[:_MOST]],
        produced_at=ctx.observed_at,
    )
