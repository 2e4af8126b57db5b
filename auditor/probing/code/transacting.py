"""The transactions of a service: where each opens and ends, and which of them cannot be undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.lexical.regions import Region, innermost
from auditor.code.reach.uses import Use
from auditor.code.scan import Call, last_name
from auditor.code.scanning import family
from auditor.probing.code.stores import Files, Spot

_NOT_DATABASES = re.compile(
    r"sentry|apm|newrelic|tracer|span|scope|redis|cache|pipe|kafka|consumer|git|repo\.index|idb|indexeddb|thread|loop",
    re.IGNORECASE,
)
_STORE = re.compile(
    r"(?:\w*(?:session|sess|conn|connection|database|engine|transaction|trans|uow|cursor|cur|db|tx|trx|sql))\d*"
)
_OPENS = re.compile(
    r"(?:[\w.]*\(\s*)?[rbfuRBFU]*[\"'`]+\s*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE
)
# The `create` of a repository of TypeORM only builds the object that `save` writes.
_BUILDS = re.compile(r"[rR]epo(?:sitory)?$")
_CHANGES = re.compile(
    r"(?:[\w.]*\(\s*)?[rbfuRBFU]*[\"'`]+\s*(?:INSERT\s+INTO|UPDATE\s|DELETE\s+FROM|REPLACE\s+INTO|MERGE\s+INTO|WITH\b.*?\b(?:INSERT|UPDATE|DELETE)\b)",
    re.IGNORECASE | re.DOTALL,
)
_UNDOES = re.compile(r"rollback|abort_?transaction", re.IGNORECASE)
_ENDS = re.compile(r"\bcommit\w*\s*\(|\bCommit\w*\s*\(|[\"'`]\s*(?:COMMIT|commit|END|end)\b")
_EMPTY_BODY = re.compile(r"\s*(?:(?:pass|\.\.\.|return(?:\s+None)?)\s*)*")
_EMPTY_FUNCTION = re.compile(
    r"(?:=>\s*\{\s*\}|\)\s*(?:error\s*)?\{\s*(?:return\s+nil)?\s*\})\s*\)?[;,]?\s*$"
)
_MAKES = re.compile(
    r"(?:await\s+)?(?:\w+\.)*(?:connect|raw_connection|\w*(?:Session|sessionmaker)\w*(?:\(\))?)\("
)
_CALLED_BY_NAME = re.compile(
    r"GET|POST|PUT|PATCH|DELETE|handler|main|lambda_handler|default|up|down|upgrade|init|__\w+__"
)
_MIGRATION = re.compile(r"(?:^|/)(?:db_?)?(?:migrations?|alembic|migrate)/")
_NOT_KNOWN = ("", "err", "_", "return", "error")


@dataclass(frozen=True, slots=True)
class Work:
    """A transaction: what opens it, and the lines from 1 that run within it (0 and 0: not told)."""

    spot: Spot
    first: int = 0
    last: int = 0

    def holds(self, path: str, line: int) -> bool:
        """Whether a line runs within it."""
        return path == self.spot.path and self.first <= line <= self.last


def is_store(receiver: str) -> bool:
    """Whether something goes by the name of a session, connection or transaction."""
    last = re.sub(r"\(.*?\)", "", receiver).rpartition(".")[2]
    return bool(_STORE.fullmatch(last.lower())) and not _NOT_DATABASES.search(receiver)


def sql_of(call: Call, use: Use, files: Files) -> str:
    """The text of a statement as it is written, a name at the top of the file followed."""
    constants = files.topic.scan(use).constants
    first = next((a for a in call.arguments[:2] if a not in ("ctx", "c", "r.Context()")), "")
    inner = re.fullmatch(r"(?:\w+\.)*text\((\w+)\)", first)
    return constants.get(inner[1] if inner else first, first)


def opens(use: Use, files: Files) -> bool:
    """Whether a statement begins a transaction."""
    return bool(_OPENS.match(sql_of(use.call, use, files)))


def changes(use: Use, files: Files) -> bool:
    """Whether a use changes rows, as far as its text or its receiver tells."""
    if use.rule.settings.get("sql"):
        return bool(_CHANGES.match(sql_of(use.call, use, files)))
    on = use.rule.text("on")
    receiver, _, method = use.call.name.rpartition(".")
    if method == "create" and _BUILDS.search(receiver):
        return False
    return not on or re.fullmatch(on, receiver, re.DOTALL) is not None


def called(path: str, line: int, files: Files) -> bool:
    """Whether the function around a line serves the service: its name is used, and it is no migration."""
    if _MIGRATION.search(path):
        return False
    place = files.around(path, line)
    if place is None:
        return True
    outline, block = place
    if not block.name or block.decorators or _CALLED_BY_NAME.fullmatch(block.name):
        return True
    if any(b.kind == "class" and b.holds(block.head) for b in outline.blocks):
        return True
    return files.texts.mentions(block.name) > 1


def transactions(files: Files) -> list[Work]:
    """Every transaction that does something, in what the service reaches."""
    found: list[Work] = []
    for use in files.topic.reachable:
        if not called(use.path, use.call.line, files):
            continue
        receiver = use.call.name.rpartition(".")[0]
        if use.rule.role == "managed":
            found += _managed(use, files)
        elif use.rule.role == "begin" or _written(use):
            found += _begun(use, files)
        elif use.rule.role == "end" and use.rule.language == "python" and is_store(receiver):
            found.append(Work(_spot(use)))
    return found


def _written(use: Use) -> bool:
    """Whether a statement of Go may begin a transaction by its text."""
    return use.rule.role == "write" and bool(use.rule.settings.get("sql"))


def _spot(use: Use, more: str = "") -> Spot:
    name = " ".join(use.call.name.split())
    return Spot(use.path, use.call.line, f"{name[-80:]}{more}")


def _managed(use: Use, files: Files) -> Iterator[Work]:
    call, method = use.call, last_name(use.call.name)
    receiver = call.name.rpartition(".")[0]
    if _NOT_DATABASES.search(receiver):
        return
    if call.decorates:
        outline = files.texts.outline(use.path)
        block = outline.decorated(call.decorates, call.line) if outline is not None else None
        if (
            method in ("atomic", "commit_on_success", "in_transaction", "begin")
            and block is not None
        ):
            yield Work(_spot(use, f" on {call.decorates}"), block.head, block.last)
        return
    region = innermost(files.regions(use.path), call.line, method)
    if region is not None:
        if not _empty(region, use, files):
            yield Work(_spot(use), region.first, region.last)
    elif use.rule.settings.get("always"):
        if call.arguments[:1] != ("[]",):
            yield Work(_spot(use))
    elif call.inside.endswith(("enter_context", "enter_async_context", "method_decorator")):
        yield Work(_spot(use))
    elif use.rule.language == "python":
        yield from _begun(use, files)
    elif _handed(call, files, use):
        yield Work(_spot(use))
    elif use.rule.language == "javascript" and method == "transaction" and call.target:
        yield from _begun(use, files)


def _handed(call: Call, files: Files, use: Use) -> bool:
    """Whether a function that goes by a name is handed over, or something is chained that runs one."""
    if any(c.name.startswith(f"{call.name}()") for c in files.topic.scan(use).calls):
        return True
    return (
        any(re.fullmatch(r"[A-Za-z_$][\w$.]*", a) for a in call.arguments[-1:]) and not call.target
    )


def _empty(region: Region, use: Use, files: Files) -> bool:
    outline = files.texts.outline(use.path)
    if outline is None:
        return False
    if family(use.path) == "python":
        return _EMPTY_BODY.fullmatch(outline.said(region.head + 1, region.last)) is not None and (
            region.last > region.head
        )
    return _EMPTY_FUNCTION.search(outline.said(region.first, region.last)) is not None


def _begun(use: Use, files: Files) -> Iterator[Work]:
    """A transaction that somebody must end: it counts where that is seen, or where it is handed on."""
    if use.rule.settings.get("sql") and not opens(use, files):
        return
    call = use.call
    place = files.around(use.path, call.line)
    if _NOT_DATABASES.search(call.name.rpartition(".")[0]) or place is None:
        return
    outline, block = place
    lines = outline.body(block, bare=False).split("\n")
    ends = [n for n, text in enumerate(lines, block.head) if n > call.line and _ENDS.search(text)]
    if ends:
        yield Work(_spot(use), call.line, ends[-1])
    elif use.rule.language == "go" and (
        call.target == "return" or (call.target and _UNDOES.search("\n".join(lines)))
    ):
        yield Work(_spot(use))


def never_undone(files: Files) -> Iterator[Spot]:
    """Where a transaction is written down and nothing would undo it when the work before fails."""
    seen: dict[tuple[str, str, int], bool] = {}
    for use in files.topic.reachable:
        role, language = use.rule.role, use.rule.language
        if role == "end" and language == "python":
            place = files.around(use.path, use.call.line)
            if place is None or not is_store(use.call.name.rpartition(".")[0]):
                continue
            key = (use.path, use.call.name, place[1].head)
            if key not in seen:
                seen[key] = _left_open(use, files)
            if seen[key]:
                yield _spot(use, ": nothing rolls back when it fails")
        elif language != "python" and (role in ("begin", "managed") or _written(use)):
            yield from _never_ended(use, files)


def _left_open(use: Use, files: Files) -> bool:
    """Whether the connection of a commit is made here, or at the top of the file, and nothing undoes its work."""
    path, line = use.path, use.call.line
    root = use.call.name.partition(".")[0]
    place = files.around(path, line)
    if place is None or not re.fullmatch(r"\w+", use.call.name.rpartition(".")[0]):
        return False
    outline, block = place
    body = outline.body(block)
    if _UNDOES.search(body) or re.search(rf"\bwith\b[^\n]*\b{root}\b|\bas\s+{root}\b", body):
        return False
    if re.search(rf"\b{root}\b", body.partition("finally:")[2]):
        return False
    made = [a[1] for a in re.finditer(rf"(?m)^\s*{root}\s*(?::[^=\n]+)?=\s*(.+)$", body)]
    if made:
        return all(_MAKES.match(text) and "bind=" not in text for text in made)
    top = re.search(rf"(?m)^{root}\s*(?::[^=\n]+)?=\s*(.+)$", outline.bare)
    parameter = re.search(rf"\b{root}\b", body.partition(":\n")[0])
    return top is not None and not parameter and _MAKES.match(top[1]) is not None


def _never_ended(use: Use, files: Files) -> Iterator[Spot]:
    """A transaction of a script or of Go that is committed in a function that never rolls back."""
    managed = use.rule.role == "managed"
    if managed and (last_name(use.call.name) != "transaction" or not use.call.target):
        return
    if innermost(files.regions(use.path), use.call.line, last_name(use.call.name)) is not None:
        return
    works = list(_begun(use, files))
    if not works or not works[0].last:
        return
    place = files.around(use.path, use.call.line)
    if place is None:
        return
    outline, block = place
    outer = [
        b
        for b in outline.blocks
        if b.kind == "function" and b.head <= block.head and b.last >= block.last
    ]
    text = outline.body(max(outer[-2:], key=lambda b: b.last - b.head), bare=False)
    name = use.call.target if use.call.target not in _NOT_KNOWN else use.call.name.partition(".")[0]
    if _UNDOES.search(text) or re.search(rf"\bdefer\b[^\n]*\b{re.escape(name)}\b", text):
        return
    yield _spot(use, ": committed, but never rolled back")
