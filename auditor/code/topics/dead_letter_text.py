"""Dead letters as texts: what a queue is told to set aside, and the names of places for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

DEAD = re.compile(
    r"dlq|dlt(?![a-z])|dlx|dead[-_. ]?letter|(?<![a-z])poison|parking[-_]?lot", re.IGNORECASE
)
"""A name of a place for messages that cannot be processed."""

REPLAYS = re.compile(
    r"(?:replay|redrive|requeue|reprocess|retry)\w{0,30}(?:dead|dlq|dlt|failed)"
    r"|(?:dead_?letters?|dlq|dlt|failed)\w{0,30}(?:replay|redrive|requeue|reprocess)",
    re.IGNORECASE,
)
"""Within what a function is called that gives such messages back."""

_EXCHANGE = re.compile(
    r"[\"'`]x-dead-letter-exchange[\"'`]\]?\s*[:=]\s*([^\s,}\n]+)|\bdeadLetterExchange\s*:\s*([^\s,}\n]+)"
)
_QUEUES = re.compile(
    r"queue_declare|declare_queue|\bQueue\(|assertQueue|QueueDeclare|queueOptions|RabbitSubscribe|createQueue|addQueue"
)
_REDRIVE = re.compile(r"\bRedrivePolicy\b[\"'`]?\s*[:=\]]")
_TARGET = re.compile(r"deadLetterTargetArn")
_POLICY = re.compile(
    r"\b(?:dead_letter_policy|deadLetterPolicy|DeadLetterPolicy|ConsumerDeadLetterPolicy)\b\s*[:=({]"
)
_LIBRARY = re.compile(r"\b(?:DlqPolicy|KafkaDlqProducer|PoisonQueue)\(")
_NOTHING = re.compile(r"(?:None|null|nil|undefined)[)\]]*")
_COMMENT = re.compile(r"^[ \t]*(?:#|//).*$", re.MULTILINE)
_SQS_RESOURCE = re.compile(r"resource\s+\"aws_sqs_queue(?:_redrive_policy)?\"")
_SUBSCRIPTION = re.compile(r"resource\s+\"google_pubsub_subscription\"")
_DEFINITION = re.compile(r"\"(?:x-)?dead-letter-exchange\"\s*:\s*\"[^\"]+\"")


@dataclass(frozen=True, slots=True)
class Letter:
    """A declaration on a line; `library` is the one whose messages are set aside."""

    line: int
    what: str
    library: str


def declared(code: str) -> Iterator[Letter]:
    """What a source text, without comments, tells queues to set aside."""
    if _QUEUES.search(code):
        for match in _EXCHANGE.finditer(code):
            if not _NOTHING.fullmatch(match[1] or match[2]):
                yield Letter(_line(code, match), "x-dead-letter-exchange", "RabbitMQ")
    if _TARGET.search(code):
        for match in _REDRIVE.finditer(code):
            yield Letter(_line(code, match), "RedrivePolicy", "SQS")
    for match in _POLICY.finditer(code):
        yield Letter(_line(code, match), "dead-letter policy", "")
    for match in _LIBRARY.finditer(code):
        yield Letter(_line(code, match), match[0].rstrip("("), "")


def in_infrastructure(text: str) -> Iterator[Letter]:
    """What Terraform, CloudFormation or the definitions of RabbitMQ say, where it is simple."""
    code = _without_blocks(_COMMENT.sub("", text))
    if _TARGET.search(code):
        redrive = re.search(r"\bredrive_policy\b\s*=", code) if _SQS_RESOURCE.search(code) else None
        if redrive is None and "AWS::SQS::Queue" in code:
            redrive = _REDRIVE.search(code)
        if redrive is not None:
            yield Letter(_line(code, redrive), "redrive policy", "SQS")
    if _SUBSCRIPTION.search(code):
        policy = re.search(r"\bdead_letter_policy\s*\{", code)
        if policy is not None:
            yield Letter(_line(code, policy), "dead_letter_policy", "Google Pub/Sub")
    definition = _DEFINITION.search(code)
    if definition is not None:
        yield Letter(_line(code, definition), "dead-letter-exchange", "RabbitMQ")


def _without_blocks(text: str) -> str:
    """A text with what stands between `/*` and `*/` blanked, its lines kept."""
    parts: list[str] = []
    at = 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        end = len(text) if end < 0 else end + 2
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end
    return "".join([*parts, text[at:]])


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1
