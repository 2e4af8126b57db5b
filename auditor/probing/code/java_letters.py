"""Dead letters of Java services: what listeners set aside, what they queue again for ever, and who reads the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.code.topics.dead_letter_text import DEAD, REPLAYS
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_proxies import Calls, calls
from auditor.probing.code.queueing import IDLE, Queue, Spot

_EXCHANGE = re.compile(
    r"\"x-dead-letter-exchange\"\s*(?:,|[,)][^;]{0,60}?value\s*=)\s*(?!null\b)\S|\.deadLetterExchange\(\s*(?!null\b)\S"
    r"|\.(?:ttl|quorum|maxLength)\([^)]*\)\s*\.\s*deadLetterExchange\(|name\s*=\s*\"x-dead-letter-exchange\"\s*,\s*value\s*=\s*\S"
)
_REJECTS = re.compile(
    r"\bAmqpRejectAndDontRequeueException\b|setDefaultRequeueRejected\(\s*false|RejectAndDontRequeueRecoverer|RepublishMessageRecoverer"
    r"|basicReject\([^;]*?,\s*false\s*\)|basicNack\([^;]*?,\s*false\s*\)\s*;|ImmediateRequeue\w+|RetryInterceptorBuilder"
)
_LISTENS = re.compile(r"@RabbitListener\b")
_REJECTING = (
    ("spring.rabbitmq.listener.{}.default-requeue-rejected", "false"),
    ("spring.rabbitmq.listener.{}.retry.enabled", "true"),
)
_QUORUM = re.compile(r"x-delivery-limit|x-queue-type|\.quorum\(\)|deliveryLimit\(")
_RECOVERS = re.compile(
    r"\bnew\s+(DeadLetterPublishingRecoverer)\b|\bnew\s+(RepublishMessageRecoverer)\b"
)
_HANDLES = re.compile(
    r"\bnew\s+(?:DefaultErrorHandler|SeekToCurrentErrorHandler|DefaultAfterRollbackProcessor|\w*RecoveringBatchErrorHandler)\b"
)
_TAKEN = re.compile(
    r"\bset(?:Common|Batch)?ErrorHandler\(|\bsetAfterRollbackProcessor\(|\bsetRecoveryCallback\("
)
_POLICY = re.compile(
    r"\bdeadLetterPolicy\(|\bDeadLetterPolicy\.builder\(|@PulsarListener\([^)]*deadLetterPolicy"
)
_REDRIVE = re.compile(r"QueueAttributeName\.REDRIVE_POLICY|\"RedrivePolicy\"")
_STREAM = re.compile(
    r"spring\.cloud\.stream\.(?:rabbit|kafka)\.(?:bindings\..*|default)\.consumer\.(?:autobinddlq|enabledlq|republishtodlq)"
)
_REACTIVE = re.compile(r"mp\.messaging\.incoming\..*\.failurestrategy")
_LISTENERS = (
    "RabbitListener", "KafkaListener", "JmsListener", "SqsListener", "RocketMQMessageListener", "PulsarListener",
    "StreamListener", "Incoming",
)  # fmt: skip


def seek_again(used: Mapping[str, Queue], java: JavaFiles) -> None:
    """Note of RabbitMQ whether its listeners give what failed back to the queue for ever."""
    rabbit = used.get("RabbitMQ")
    if rabbit is None or not any(_LISTENS.search(java.code(p)) for p in java.paths):
        return
    if (
        java.remote is None
        and not _rejects(java)
        and not any(_QUORUM.search(java.code(p)) for p in java.paths)
    ):
        rabbit.again = "a message that fails is queued again for ever (default-requeue-rejected)"


def _rejects(java: JavaFiles) -> bool:
    if any(_REJECTS.search(java.code(p)) for p in java.paths):
        return True
    kinds = ("simple", "direct")
    told = (
        (java.setting(name.format(kind)), wanted) for name, wanted in _REJECTING for kind in kinds
    )
    return any(one is not None and one.value in (wanted, "") for one, wanted in told)


def java_letters(java: JavaFiles) -> Iterator[Spot]:
    """Where the Java code or the packaged settings set aside what fails."""
    rejects = _rejects(java)
    for path in java.paths:
        code = java.code(path)
        for match in _EXCHANGE.finditer(code):
            serves = (
                "RabbitMQ"
                if rejects or not any(_LISTENS.search(java.code(p)) for p in java.paths)
                else IDLE
            )
            yield Spot(path, _line(code, match), "dead-letter exchange", frozenset({serves}))
        for match in _RECOVERS.finditer(code):
            yield _recoverer(path, code, match, java)
        for pattern, what, library in (
            (_POLICY, "dead-letter policy", "Pulsar"),
            (_REDRIVE, "redrive policy", "SQS"),
        ):
            found = pattern.search(code)
            if found is not None:
                yield Spot(path, _line(code, found), what, frozenset({library}))
    for noted in java.noted("RetryableTopic"):
        none = "NO_DLT" in noted.given("dltStrategy", "dltProcessingFailureStrategy")
        what = f"@RetryableTopic on {noted.where}{' without a dead-letter topic' if none else ''}"
        yield Spot(noted.path, noted.line, what, frozenset({IDLE if none else "Kafka"}))
    for name, one in sorted(java.settings.items()):
        if _STREAM.fullmatch(name) and one.value == "true":
            yield Spot(
                one.path, one.line, one.key, frozenset({"Spring Cloud Stream", "RabbitMQ", "Kafka"})
            )
        elif _REACTIVE.fullmatch(name) and one.value == "dead-letter-queue":
            yield Spot(one.path, one.line, one.key, frozenset({"MicroProfile messaging"}))


def _recoverer(path: str, code: str, match: re.Match[str], java: JavaFiles) -> Spot:
    line = _line(code, match)
    name = match[1] or match[2]
    if match[2]:
        return Spot(path, line, name, frozenset({"RabbitMQ"}))
    handled = [p for p in java.paths if _HANDLES.search(java.code(p))]
    taken = any(_TAKEN.search(java.code(p)) for p in java.paths)
    beans = any(
        _HANDLES.search(java.body(p, f))
        for p in handled
        for f in java.scan(p).functions
        if any(d.startswith("Bean") for d in f.decorators)
    )
    if handled and (taken or beans):
        return Spot(path, line, name, frozenset({"Kafka"}))
    return Spot(
        path, line, f"{name}, which no error handler of a container takes", frozenset({IDLE})
    )


def java_read_back(java: JavaFiles) -> Iterator[Spot]:
    """Where Java code takes up again what was set aside."""
    for noted in java.noted("DltHandler"):
        yield Spot(noted.path, noted.line, f"@DltHandler {noted.where}")
    for noted in java.noted(*_LISTENERS):
        if DEAD.search(noted.text.partition("(")[2]):
            yield Spot(noted.path, noted.line, f"@{noted.name} on {noted.where}")
    for path in java.paths:
        for method in java.scan(path).functions:
            owner = java.owner(path, method)
            if owner is None or method.stub or not REPLAYS.search(method.name[:200]):
                continue
            if calls(path, owner, method, java) is not Calls.NOBODY:
                yield Spot(path, method.line, f"{method.name}()")


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.end()) + 1
