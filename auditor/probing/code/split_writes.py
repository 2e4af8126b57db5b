"""Functions that write several times with no transaction around, and calls over the network within one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from auditor.code.outline import Block, Outline
from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.stores import Files, Spot
from auditor.probing.code.transacting import Work, called, changes, is_store

_ELSE = re.compile(r"\s*\}?\s*(?:else|elif|except|catch|case|default)\b")
_LEAVES = re.compile(r"\s*(?:return|raise|throw|continue|break)\b")
_IN_A_JOB = re.compile(r"task|command|celery|job|cron|worker", re.IGNORECASE)
_GENERIC = re.compile(
    r"[a-z]{1,7}|create|update|delete|remove|commit|__\w+__|handle|execute|insert"
)
_NOT_YET = re.compile(r"commit\s*=\s*False")
_KEEPER = r"\w*(?:repo|repository|service|crud|dao|store|manager)\w*\."
_THEIRS = re.compile(r"(?:.*\.)?(?:tx|trx|txn|t)", re.DOTALL)


def writes(files: Files) -> list[Use]:
    """What changes rows by itself: a commit of Python, a statement or a call of an ORM that writes at once."""
    found = []
    for use in files.topic.reachable:
        role, receiver = use.rule.role, use.call.name.rpartition(".")[0]
        if role == "end" and use.rule.language == "python":
            kept = is_store(receiver)
        else:
            kept = role in ("write", "begin") and changes(use, files) and _fits(use, files)
        if kept and called(use.path, use.call.line, files):
            found.append(use)
    return found


def _fits(use: Use, files: Files) -> bool:
    """Whether the library of a rule, where it has one of its own, is imported beside the use."""
    if use.rule.role == "begin":
        return bool(use.rule.settings.get("sql"))
    scan, library = files.topic.scan(use), use.rule.library
    if library == "django":
        return any(i.module.startswith(("django", "rest_framework", ".")) for i in scan.imports)
    return library != "gorm" or any("gorm" in i.module for i in scan.imports)


def split(files: Files, works: list[Work], *, covered: bool) -> list[Spot]:
    """Functions that write more than once outside a transaction; `covered`: every view of Django has one."""
    events: dict[tuple[str, int], list[int]] = defaultdict(list)
    for use in writes(files):
        if any(w.holds(use.path, use.call.line) for w in works):
            continue
        if last_name(use.call.inside) == "$transaction":
            continue
        if covered and use.rule.library == "django" and not _IN_A_JOB.search(use.path):
            continue
        if use.rule.role != "end" and _THEIRS.fullmatch(use.call.name.rpartition(".")[0]):
            continue
        place = files.around(use.path, use.call.line)
        if place is not None:
            events[(use.path, place[1].head)].append(use.call.line)
    for path, block, line in _through_others(files, works):
        events[(path, block.head)].append(line)
    found = []
    for (path, head), lines in sorted(events.items()):
        place = files.around(path, head)
        if place is not None and (pair := _both(place[0], sorted(set(lines)))) is not None:
            name = place[1].name or "a function"
            found.append(Spot(path, pair[0], f"{name} writes here and in line {pair[1]}"))
    return found


def _through_others(files: Files, works: list[Work]) -> Iterator[tuple[str, Block, int]]:
    """Calls of functions that commit by themselves."""
    names: set[str] = set()
    for use in files.topic.reachable:
        if use.rule.role != "end" or use.rule.language != "python":
            continue
        place = files.around(use.path, use.call.line)
        if place is not None and is_store(use.call.name.rpartition(".")[0]):
            names |= {place[1].name, *_decorated(files, place[0], place[1])}
    if not names:
        return
    plain = [re.escape(n) for n in sorted(names) if not _GENERIC.fullmatch(n)]
    kept = [re.escape(n) for n in sorted(names) if _GENERIC.fullmatch(n)]
    parts = [rf"(?<!def )\b(?:{'|'.join(plain)})\("] if plain else []
    parts += [rf"(?i:{_KEEPER})(?:{'|'.join(kept)})\("] if kept else []
    pattern = re.compile("|".join(parts))
    for path in files.paths:
        outline = files.texts.outline(path) if path.endswith(".py") else None
        if outline is None or not any(n in outline.bare for n in names):
            continue
        for number, text in enumerate(outline.bare.split("\n"), 1):
            if (
                not pattern.search(text)
                or _NOT_YET.search(text)
                or any(w.holds(path, number) for w in works)
            ):
                continue
            around = files.around(path, number)
            if around is not None and called(path, number, files):
                yield path, around[1], number


def _decorated(files: Files, outline: Outline, block: Block) -> set[str]:
    """The functions that are decorated by what holds a function that commits."""
    around = [
        b
        for b in outline.blocks
        if b.kind == "function" and b.name and b.head < block.head <= b.last
    ]
    if not around:
        return set()
    name = re.escape(around[-1].name)
    pattern = re.compile(
        rf"@(?:\w+\.)*{name}\b[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async\s+)?def\s+(\w+)"
    )
    return {
        m
        for path in files.paths
        if path.endswith(".py")
        for m in pattern.findall(files.texts.text(path))
    }


def _both(outline: Outline, lines: list[int]) -> tuple[int, int] | None:
    """The first two lines that run one after the other."""
    text = outline.bare.split("\n")
    for at, first in enumerate(lines):
        for second in lines[at + 1 :]:
            if not _either(text, first, second):
                return first, second
    return None


def _either(text: list[str], first: int, second: int) -> bool:
    """Whether two lines are on different branches, by the indentation of what stands between."""
    indent = _indent(text[first - 1])
    for line in text[first : second - 1]:
        if not line.strip():
            continue
        here = _indent(line)
        if _ELSE.match(line) and here < indent:
            return True
        if _LEAVES.match(line) and here <= indent and _indent(text[second - 1]) < indent:
            return True
        indent = min(indent, here)
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def calls_within(files: Files, works: list[Work], http: Topic) -> Iterator[Spot]:
    """Calls to HTTP clients on lines that run within a transaction, or in a function of the file called there."""
    sent = [u for u in http.reachable if u.rule.role == "call"]
    for work in works:
        path = work.spot.path
        within = f"within {last_name(work.spot.what)} of line {work.spot.line}"
        for use in (u for u in sent if u.path == path and work.last):
            if last_name(use.call.inside) in ("on_commit", "add_task"):
                continue
            if work.holds(path, use.call.line):
                yield Spot(path, use.call.line, f"{use.call.name} {within}")
                continue
            line = _reached(files, use, work)
            if line:
                yield Spot(path, line, f"{use.call.name} (line {use.call.line}) {within}")


def _reached(files: Files, use: Use, work: Work) -> int:
    """The line of a transaction that calls the function in which a request is sent; 0 for none."""
    place = files.around(use.path, use.call.line)
    if place is None or len(place[1].name) < 3 or place[1].holds(work.first):
        return 0
    called_here = re.compile(rf"(?:(?<![\w.])|\bself\.|\bthis\.){re.escape(place[1].name)}\(")
    lines = place[0].said(work.first, work.last).split("\n")
    for number, text in enumerate(lines, work.first):
        if called_here.search(text) and "on_commit" not in text:
            return number
    return 0
