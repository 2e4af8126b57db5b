"""The retries of a service: what each comes to, by its pace, its place and what it repeats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.go import pacing_go
from auditor.code.outline import Block, Outline, outline
from auditor.code.parsing import Unparsed
from auditor.code.patterns import Rule
from auditor.code.python import pacing_python, scan_python
from auditor.code.reach.uses import Use
from auditor.code.scan import FileScan, qualified
from auditor.code.scanning import family
from auditor.code.script import pacing_script
from auditor.code.topics.pacing import UNKNOWN, Pace, Told, number
from auditor.code.topics.retry_loops import MAYBE, retry_loops
from auditor.code.topics.retry_safety import never_raised, repeatable
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_retries import java_retries, own_retries
from auditor.probing.code.retry_places import WORKS, Placed, Put, decorating, placed
from auditor.probing.code.retrying_nouns import Retries, Retry

_WORD = re.compile(r"[A-Za-z_][\w.]*")
_ERRORS = re.compile(r"(?:[\w.]*\.)?\w*(?:Error|Exception|Timeout)\w*")
_BY_ITSELF = "autoretry_for"
_DECORATOR = re.compile(r"^[ \t]*@([\w.]+)\(", re.MULTILINE)
_WHOLE = 299


def read_retries(topic: Topic, texts: Texts) -> Retries:
    """The retries that the service reaches."""
    every = Retries()
    for retry in (*_found(topic, texts), *java_retries(topic, texts)):
        kept = {Put.TO_WORK: every.applied, Put.IDLE: every.idle, Put.UNCLEAR: every.unclear}
        kept[retry.put].append(retry)
    every.loops.extend(own_retries(topic, texts))
    for path in sorted(topic.code.closure.reachable & texts.matching(MAYBE)):
        found = _outline(path, texts)
        for loop in retry_loops(found, family(path) or "") if found is not None else ():
            where = f"loop in {loop.function}" if loop.function else "loop"
            every.loops.append((path, loop.line, f"{where} ({loop.words})"))
    return every


def _outline(path: str, texts: Texts) -> Outline | None:
    if family(path) != "java":
        return texts.outline(path)
    try:
        return outline(texts.text(path), "java")
    except Unparsed:
        return None


def _found(topic: Topic, texts: Texts) -> Iterator[Retry]:
    for use in topic.reachable:
        if use.rule.role in ("retry", "task", "adapter") and is_retry(use, topic):
            yield _judged(use, topic, texts)
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        if scan is not None and _BY_ITSELF in texts.text(path):
            yield from (_judged(u, topic, texts) for u in _wrapped_tasks(path, scan, texts))
        for name, value in scan.constants.items() if scan is not None else ():
            owner, dot, option = name.rpartition(".")
            if dot and option == "autoretry_for" and scan is not None and value not in ("()", "[]"):
                line = next((c.line for c in scan.classes if c.name == owner), 1)
                put: Placed = WORKS if texts.mentions(owner) > 1 else (Put.IDLE, "nothing is of it")
                pace = pacing_python.celery_class(owner, scan)
                yield Retry(path, line, f"{owner}.autoretry_for", pace, *put)


def _wrapped_tasks(path: str, scan: FileScan, texts: Texts) -> Iterator[Use]:
    """Tasks made by a decorator of the service's own that hands its options on to celery."""
    text = texts.text(path)
    known = {(c.line, c.name) for c in scan.calls if _BY_ITSELF in c.keywords}
    names = frozenset(m.rpartition(".")[2] for m in _DECORATOR.findall(text))
    try:
        found = scan_python.scan(text, "python", names).calls if family(path) == "python" else ()
    except Unparsed:
        return
    rule = Rule("celery.wrapped", "python", "celery", "task", settings={"kind": "celery"})
    for call in found:
        if call.decorates and _BY_ITSELF in call.keywords and (call.line, call.name) not in known:
            yield Use(rule, path, call)


def is_retry(use: Use, topic: Topic) -> bool:
    """Whether a use says that something is repeated, and is of the library that its name is taken for."""
    rule, call, scan = use.rule, use.call, topic.scan(use)
    module = rule.text("module")
    if module and not any(i.module.startswith(module) for i in scan.imports):
        return False
    if rule.role == "task":
        return call.keywords.get("autoretry_for", "()") not in ("()", "[]", "None")
    if rule.role == "adapter":
        text = call.keywords.get("max_retries")
        text = call.arguments[2] if text is None and len(call.arguments) > 2 else text
        return text is not None and (number(scan.constants.get(text, text)) or 0) > 0
    if rule.text("kind") == "httpx":
        return "retries" in call.keywords and call.keywords["retries"] != "0"
    if rule.text("kind") == "celery_retry":
        name = call.scope.rpartition(".")[2]
        tasks = [u for u in topic.reachable if u.rule.role == "task" and u.path == use.path]
        return any(u.call.decorates == name for u in tasks)
    return True


def _judged(use: Use, topic: Topic, texts: Texts) -> Retry:
    found = texts.outline(use.path)
    pace = pace_of(use, topic, found)
    put, why = (
        decorating(use, topic, texts) if use.rule.role == "task" else placed(use, topic, texts)
    )
    repeated = _repeated(use, found) if found is not None else ""
    if put is Put.TO_WORK and pace.idle:
        put, why = Put.IDLE, pace.idle
    if put is Put.TO_WORK and use.rule.language == "python":
        never = never_raised(_awaited(use, topic), repeated)
        put, why = (Put.IDLE, never) if never else (put, why)
    safe, method = pace.safe, ""
    if safe is Told.NO:
        method = "every method"
    elif safe is Told.UNCLEAR and repeated:
        safe, method = repeatable(repeated)
    call = use.call
    what = f"{call.name} on {call.decorates}" if call.decorates else call.name
    return Retry(use.path, call.line, what, pace, put, why, safe, method)


def pace_of(use: Use, topic: Topic, found: Outline | None) -> Pace:
    """The pace of a retry by the reader of its library."""
    kind, scan = use.rule.text("kind"), topic.scan(use)
    if kind in pacing_python.READERS:
        return pacing_python.READERS[kind](use, scan)
    if kind in pacing_script.READERS:
        return pacing_script.READERS[kind](use, scan)
    if kind in pacing_go.READERS:
        block = found.around(use.call.line) if found is not None else None
        outer = _outermost(found, block) if found is not None and block is not None else None
        near = found.body(outer) if found is not None and outer is not None else ""
        return pacing_go.READERS[kind](use, scan, near)
    return UNKNOWN


def _outermost(found: Outline, block: Block) -> Block:
    """The named function that a function literal stands in."""
    around = [
        b
        for b in found.blocks
        if b.kind == "function" and b.head <= block.head and b.last >= block.last
    ]
    return around[0] if around else block


def _repeated(use: Use, found: Outline) -> str:
    """The text of what a retry repeats, as far as it is in the same file."""
    call = use.call
    if call.decorates:
        block = found.decorated(call.decorates, call.line)
        return found.body(block, bare=False) if block is not None else ""
    if use.rule.text("applies") == "client":
        return ""
    for argument in call.arguments:
        if len(argument) < _WHOLE and ("=>" in argument or argument.startswith(("func", "async"))):
            return argument
        for block in found.named(argument.rpartition(".")[2]):
            return found.body(block, bare=False)
    around = found.around(call.line)
    if around is None or use.rule.text("applies") == "adapter":
        return ""
    return found.body(around, bare=False)


def _awaited(use: Use, topic: Topic) -> list[str]:
    """The exceptions that a retry waits for, by their full names; empty where they are not all told."""
    call, scan = use.call, topic.scan(use)
    kind = use.rule.text("kind")
    if kind == "tenacity":
        text = call.keywords.get("retry", "")
        inner = re.fullmatch(r"(?:[\w.]+\.)?retry_if_exception_type\((.*)\)", text)
        text = inner[1] if inner else ""
    elif kind == "backoff" and call.name.endswith("on_exception"):
        text = call.arguments[1] if len(call.arguments) > 1 else call.keywords.get("exception", "")
    elif kind == "stamina":
        text = call.keywords.get("on", "")
    else:
        return []
    words = _WORD.findall(text)
    if not words or not all(_ERRORS.fullmatch(w) for w in words):
        return []
    return [qualified(w, scan.names) for w in words]
