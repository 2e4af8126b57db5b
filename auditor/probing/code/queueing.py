"""The queues of a service, by the libraries that it imports, and what happens to messages that fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.code.patterns import Rule
from auditor.code.reach.uses import Use
from auditor.code.reading import decode
from auditor.code.scan import FileScan, last_name
from auditor.code.scanning import FAMILIES, family
from auditor.code.topics.dead_letter_text import DEAD, REPLAYS, declared, in_infrastructure
from auditor.probing.code.breaker_lives import STARTS
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.retry_places import hollow
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble

TOPIC = "dead_letters"
_SAYS = re.compile(r"log|metric|statsd|sentry|print|socket|mail|response|res$", re.IGNORECASE)
_REJECTS = re.compile(r"\bReject\(|acks_on_failure_or_timeout\s*=\s*False")
_POISON = re.compile("oisonQueue")
_HANDLES = re.compile(r"\bon_failure\b|\btask_failure\b")
_TAKES = re.compile(r"consumer|listener|subscri|worker", re.IGNORECASE)
_SENDS = re.compile(
    r"(?i:producer)|\.(?:send|publish|produce|enqueue|Send|Publish|Produce|Enqueue|WriteMessages|delay|apply_async"
    r"|add|basic_publish)\w*\("
)
_FILES = ("**/*.tf", "**/*.{yaml,yml,json}")
_HINT = re.compile(r"deadLetterTargetArn|dead[-_]letter", re.IGNORECASE)
_LARGEST = 1_000_000


IDLE = "-"
"""What a spot serves that sets nothing aside."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Something at a place."""

    path: str
    line: int
    what: str
    serves: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@dataclass(slots=True)
class Queue:
    """A queue library that is used: where, in which files, and whether messages are taken from it here."""

    library: str
    rules: list[Rule] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    consumes: bool = False
    kept: str = ""
    again: str = ""
    """Why what fails comes again for ever, whatever the broker is told; "" where it does not."""

    @property
    def at_broker(self) -> bool:
        """Whether the broker may set messages aside without the code saying so."""
        return not self.again and any(rule.settings.get("broker") for rule in self.rules)


def queues(topic: Topic, texts: Texts, paths: Iterable[str]) -> dict[str, Queue]:
    """The queues that some files use, by library."""
    found: dict[str, Queue] = {}
    wanted = sorted(paths)
    named = {f: patterns().rules(TOPIC, f) for f in FAMILIES.values()}
    likely = {
        path
        for name, rules in named.items()
        for path in topic.code.imports.importing(name, (n for r in rules for n in r.references))
    }
    for path in wanted:
        scan = topic.code.scans.get(path) if path in likely else None
        rules = patterns().rules(TOPIC, family(path) or "") if scan is not None else ()
        for rule in rules:
            line, module = (
                _imported(rule, scan, path, topic, texts) if scan is not None else (0, "")
            )
            if line:
                _add(found, rule, Spot(path, line, f"{rule.library} ({module})"), texts)
    inside = set(wanted)
    for use in (*topic.reachable, *topic.perhaps, *topic.unreachable):
        if use.path in inside and use.rule.role in ("client", "receive") and _is_queue(use):
            _add(
                found,
                use.rule,
                Spot(use.path, use.call.line, f"{_of(use)} ({use.call.name})"),
                texts,
                _of(use),
            )
    rabbit = found.get("RabbitMQ")
    transport = rabbit is not None and all("(kombu)" in spot.what for spot in rabbit.spots)
    if "celery" in found and transport:
        del found["RabbitMQ"]
    return found


def _of(use: Use) -> str:
    return "Redis as a queue" if use.rule.settings.get("queue") else use.rule.library


def _is_queue(use: Use) -> bool:
    service = use.rule.text("service")
    if service:
        given = [*use.call.arguments[:1], use.call.keywords.get("service_name", "")]
        return any(text.strip("\"'") == service for text in given)
    return bool(use.rule.settings.get("queue"))


def _add(found: dict[str, Queue], rule: Rule, spot: Spot, texts: Texts, library: str = "") -> None:
    queue = found.setdefault(library or rule.library, Queue(library or rule.library))
    queue.spots.append(spot)
    if rule not in queue.rules:
        queue.rules.append(rule)
    text = texts.text(spot.path)
    consumes = rule.text("consumes")
    if rule.language == "java":  # what is declared beside is taken by listeners in other files
        queue.consumes = queue.consumes or re.search(consumes, text) is not None
        queue.kept = rule.text("keeps")
        return
    takes = not consumes or re.search(consumes, text) is not None or _TAKES.search(text) is not None
    # What neither takes nor sends here hands the connection on, perhaps to what takes.
    queue.consumes = queue.consumes or takes or not _SENDS.search(text)
    queue.kept = rule.text("keeps")


def _fits(rule: Rule, path: str, texts: Texts) -> bool:
    """Whether a library that does other things as well is used as a queue in a file."""
    only = rule.text("only")
    return not only or re.search(only, texts.text(path)) is not None


def _imported(rule: Rule, scan: FileScan, path: str, topic: Topic, texts: Texts) -> tuple[int, str]:
    if rule.role != "queue":
        return 0, ""
    for one in scan.imports:
        if one.typing:
            continue
        for name in rule.references:
            whole = (
                f"{one.module}.{one.name}" if one.name and rule.language == "python" else one.module
            )
            separator = "." if rule.language in ("python", "java") else "/"
            if one.module == name or whole == name or one.module.startswith(name + separator):
                ours = rule.language == "python" and topic.code.python.file(one.module, path)
                if not ours and _fits(rule, path, texts):
                    return one.line, name
    return 0, ""


def unless(queue: Queue, texts: Texts) -> str:
    """Where an option switches off that a library keeps what failed; "" where none does."""
    for rule in queue.rules:
        pattern = rule.text("unless")
        for path in texts.files if pattern else ():
            seen = texts.outline(path) if re.search(pattern, texts.text(path)) else None
            match = re.search(pattern, seen.code) if seen is not None else None
            if match is not None and seen is not None:
                return f"{path}:{seen.code.count(chr(10), 0, match.start()) + 1}"
    return ""


def letters(topic: Topic, texts: Texts) -> Iterator[Spot]:
    """Where the code sets messages aside, or tells a queue to."""
    speak = texts.matching(DEAD) | texts.matching(_POISON)
    for path in sorted(topic.code.closure.reachable & speak):
        seen = texts.outline(path)
        for letter in declared(seen.code) if seen is not None else ():
            if _is_run(path, letter.line, texts):
                yield Spot(path, letter.line, letter.what, frozenset({letter.library} - {""}))
    for use in topic.reachable:
        if use.rule.role == "send" and sets_aside(use) and _is_run(use.path, use.call.line, texts):
            yield Spot(use.path, use.call.line, f"{use.call.name} to a dead-letter queue")


def sets_aside(use: Use) -> bool:
    """Whether a message is given to a queue that is called one of dead letters."""
    receiver = use.call.name.rpartition(".")[0]
    if _SAYS.search(last_name(receiver)):
        return False
    if DEAD.search(receiver):
        return True
    given = [*use.call.arguments[:2], *(use.call.keywords.get(k, "") for k in _TO)]
    return any(DEAD.search(_address(text)) for text in given)


_TO = (
    "topic",
    "queue",
    "routing_key",
    "exchange",
    "QueueUrl",
    "queue_url",
    "name",
    "subject",
    "Topic",
)
_FIELD = re.compile(r"(?:[tT]opic|[qQ]ueue(?:Url)?|routingKey|exchange|key)[\"']?\s*:\s*([^,}\n]+)")


def _address(text: str) -> str:
    """The part of an argument that may say where a message goes: all of it, or those fields of an object."""
    return " ".join(_FIELD.findall(text)) if "{" in text else text[:80]


def _is_run(path: str, line: int, texts: Texts) -> bool:
    """Whether the function around a line is mentioned anywhere but where it is defined."""
    seen = texts.outline(path)
    around = seen.around(line) if seen is not None else None
    if around is None or not around.name or STARTS.fullmatch(around.name):
        return True
    return around.decorators > 0 or texts.mentions(around.name) > 1


def read_back(topic: Topic, texts: Texts, used: Iterable[str]) -> Iterator[Spot]:
    """Where what was set aside is taken up again."""
    libraries = frozenset(used)
    for use in topic.reachable:
        rule = use.rule
        if rule.role == "replay" and rule.text("library") in libraries:
            yield Spot(use.path, use.call.line, use.call.name)
        elif rule.role == "receive":
            given = [*use.call.arguments[:2], *(use.call.keywords.get(k, "") for k in _TO)]
            receiver = use.call.name.rpartition(".")[0]
            if DEAD.search(receiver) or any(DEAD.search(_address(text)) for text in given):
                yield Spot(use.path, use.call.line, f"{use.call.name} from a dead-letter queue")
    for path in sorted(topic.code.closure.reachable & set(topic.code.scans)):
        seen = texts.outline(path) if REPLAYS.search(texts.text(path)) else None
        for block in seen.blocks if seen is not None else ():
            is_replay = block.kind == "function" and REPLAYS.search(block.name[:200]) is not None
            if seen is None or not is_replay or hollow(seen, block):
                continue
            if _is_run(path, block.head + 1, texts):
                yield Spot(path, block.head, f"{block.name}()")


def infrastructure(ctx: Context) -> Iterator[Spot]:
    """Dead letters that Terraform, CloudFormation or definitions of RabbitMQ declare."""
    for entry in ctx.repo.find(*_FILES, everywhere=True):
        if entry.size > _LARGEST or re.search(
            r"(?:^|/)(?:tests?|node_modules|examples?|docs?)/", entry.path
        ):
            continue
        try:
            text = decode(ctx.repo.read(entry.path, limit=_LARGEST).data)
        except Trouble:
            continue
        for letter in in_infrastructure(text) if _HINT.search(text) else ():
            yield Spot(entry.path, letter.line, letter.what, frozenset({letter.library}))


def lacking(queue: Queue, found: list[Spot], texts: Texts) -> str:
    """Why what fails in a queue is not seen to be set aside: "" where it is, else in words."""
    if not queue.consumes:
        return ""
    if queue.kept:
        where = unless(queue, texts)
        return f"{queue.library} is told to keep nothing ({where})" if where else ""
    if queue.again:
        return f"{queue.library}: {queue.again}"
    own = {spot.path for spot in queue.spots}
    for spot in found:
        if queue.library == "celery" and spot.serves == {"RabbitMQ"}:
            if texts.matching(_REJECTS):
                return ""
        elif queue.library in spot.serves or (
            not spot.serves and (spot.path in own or _alone(spot, queue))
        ):
            return ""
    return f"{queue.library} is not seen to set aside what fails"


def _alone(spot: Spot, queue: Queue) -> bool:
    """Whether a message may be set aside for a queue in another file of the same language."""
    return family(spot.path) in {rule.language for rule in queue.rules}


def handles_failure(queue: Queue, texts: Texts) -> bool:
    """Whether tasks that failed for good are handled in a way of the service's own."""
    return queue.library == "celery" and bool(texts.matching(_HANDLES))
