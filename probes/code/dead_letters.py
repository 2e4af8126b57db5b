"""Queues and their dead letters: which queues the service uses, what it does with messages that fail.

Looks at what the service imports from where it starts, for the libraries of queues in Python, scripts, Go and Java
(Celery, RQ, dramatiq, RabbitMQ, Kafka, SQS, BullMQ, NATS, asynq, RocketMQ, JMS and more), and for dead letters: the
argument x-dead-letter-exchange, redrive and dead-letter policies (also in Terraform, CloudFormation and
RabbitMQ's definitions, which prove no more than a declaration), messages sent to a queue that is named for it,
and libraries that keep what failed by themselves (RQ, dramatiq, BullMQ, asynq, River). For Celery, acks_late
and reject_on_worker_lost set nothing aside, and a dead-letter exchange only with tasks that are rejected.
In Java a listener of RabbitMQ gives what failed back to its queue for ever unless it is told otherwise, and a
recoverer of Kafka counts where an error handler takes it that a container has.
Cannot see policies that are set at the broker, replay from a console, nor alerts on the depth of such a queue.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_letters import java_letters, java_read_back, seek_again
from auditor.probing.code.queueing import (
    Queue,
    Spot,
    handles_failure,
    infrastructure,
    lacking,
    letters,
    queues,
    read_back,
)
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

USED = FactSpec("queues.used", FactType.LIST, "Queue libraries that the service imports")
WITHOUT = FactSpec(
    "queues.without_dead_letter",
    FactType.LIST,
    "Queues that the service takes messages from, and that lose or repeat what fails",
)
DECLARED = FactSpec(
    "dead_letters.declared", FactType.LIST, "Where messages that fail are set aside"
)
CONSUMED = FactSpec(
    "dead_letters.consumed", FactType.LIST, "Where what was set aside is read or given back"
)

_FACTS = (USED, WITHOUT, DECLARED, CONSUMED)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 100


@probe(
    "code.dead_letters",
    title="Queues and their dead letters",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def dead_letters(ctx: Context) -> Iterator[Observation]:
    """Tell the queues, what they set aside, and who reads that."""
    topic = topic_of(ctx, "dead_letters")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    texts = Texts(ctx, topic)
    used = queues(topic, texts, topic.code.closure.reachable)
    source = topic.source(ctx)
    if not used:
        hidden = list(elsewhere(topic, texts))
        yield from hidden
        if not (doubts or hidden):
            for spec in _FACTS:
                yield listed(ctx, spec, [], source)
        return
    yield listed(ctx, USED, [q.spots[0] for q in used.values()], source)
    java = JavaFiles(topic, texts)
    seek_again(used, java)
    by_code = [*_kept(used, texts), *letters(topic, texts), *java_letters(java)]
    by_files = list(infrastructure(ctx))
    found = by_code + by_files
    bad = [(q, why) for q in used.values() if (why := lacking(q, found, texts))]
    open_ = [(q, why) for q, why in bad if q.at_broker or handles_failure(q, texts)]
    lost = [Spot(q.spots[0].path, q.spots[0].line, why) for q, why in bad if (q, why) not in open_]
    level = Level.EFFECTIVE if by_code else Level.DECLARED
    if open_ and not doubts and not lost:
        yield unknown(open_[0][0], (WITHOUT.key, *((DECLARED.key,) if not found else ())))
    elif not doubts:
        yield listed(ctx, WITHOUT, lost, source, level if not lost else Level.EFFECTIVE)
    if found or not (doubts or open_):
        yield listed(ctx, DECLARED, found, source, level if found else Level.EFFECTIVE)
    back = [*read_back(topic, texts, used), *java_read_back(java)]
    if back or not any(q.consumes for q in used.values()):
        yield listed(ctx, CONSUMED, back, source)
    else:
        yield unread()


def _kept(used: dict[str, Queue], texts: Texts) -> Iterator[Spot]:
    """What libraries set aside by themselves."""
    for queue in used.values():
        if queue.kept and queue.consumes and not lacking(queue, [], texts):
            first = queue.spots[0]
            words = f"{queue.library} keeps what fails: {queue.kept}"
            yield Spot(first.path, first.line, words, frozenset({queue.library}))


def elsewhere(topic: Topic, texts: Texts) -> Iterator[Problem]:
    """Queues in files that nothing is seen to import: the service may yet start them."""
    closure = topic.code.closure
    others = queues(topic, texts, closure.perhaps | closure.unreachable)
    if others:
        first = next(iter(others.values())).spots[0]
        yield Problem(
            ProblemKind.VACUOUS,
            f"{first} is a queue in a file that nothing is seen to import from where the service starts.",
            "Name what starts it in a Dockerfile, Procfile or compose file, or remove the file.",
            _KEYS,
            (Location(path=first.path, line=first.line),),
        )


def unknown(queue: Queue, keys: tuple[str, ...]) -> Problem:
    """Why it is not known whether a queue sets aside what fails."""
    first = queue.spots[0]
    how = (
        "a policy at the broker may do so"
        if queue.at_broker
        else "its failures are handled in a way of the service's own"
    )
    return Problem(
        ProblemKind.VACUOUS,
        f"Nothing shows that {first} sets aside messages that fail; {how}.",
        "Declare the dead-letter queue where the queue is declared, or attest the item with a drill on staging.",
        keys,
        (Location(path=first.path, line=first.line),),
    )


def unread() -> Problem:
    """Why nobody who reads dead letters does not mean that nobody can."""
    return Problem(
        ProblemKind.VACUOUS,
        "No code was seen that reads dead letters or gives them back; a console may do so.",
        "Write the command that replays them, or attest the item with a rehearsed replay.",
        (CONSUMED.key,),
    )


def listed(
    ctx: Context, spec: FactSpec, spots: list[Spot], source: Source, level: Level = Level.EFFECTIVE
) -> Fact:
    """A fact that lists places."""
    return listing(
        ctx,
        spec,
        [str(spot) for spot in spots],
        [(s.path, s.line) for s in spots[:_MOST]],
        source,
        level,
    )
