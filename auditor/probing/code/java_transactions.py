"""The transactions of Java services: what surrounds which methods, and what a proxy never sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from auditor.code.java.java_beans import simple
from auditor.code.scan import Function, last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted
from auditor.probing.code.java_proxies import DEFINES, by_framework, idle, sites
from auditor.probing.code.java_writes import JavaWrites
from auditor.probing.code.stores import Spot
from auditor.probing.code.transacting import Work

_NAMES = frozenset({"Transactional", "ReactiveTransactional", "UnitOfWork"})
_PACKAGES = (
    "org.springframework.transaction.", "javax.transaction.", "jakarta.transaction.", "io.micronaut.",
    "io.quarkus.hibernate.", "com.google.inject.persist.", "io.dropwizard.hibernate.",
)  # fmt: skip
_NONE = re.compile(r"\b(?:NOT_SUPPORTED|NEVER|SUPPORTS)\b|readOnly\s*=\s*true")
_MANAGED = re.compile(
    r"\b(?:\w*[tT]ransactionTemplate|\w*[tT]xTemplate|\w*[tT]ransactionalOperator|tx\w*Operator|\w*[tT]ransactionOperations)"
    r"\s*(?:\.|::)\s*(?:execute\w*|transactional)\b|\bQuarkusTransaction\.\w+\(|\.(?:inTransaction|useTransaction|transactionResult)\("
    r"|\b(?:dsl\w*|ctx|create)\.transaction\(|\bPanache\.withTransaction\("
)
_BEGINS = re.compile(
    r"getTransaction\(\)\s*\.\s*begin\(|\b\w*[tT]ransaction\w*\.begin\(|setAutoCommit\(\s*false|\.beginTransaction\(|\.startTransaction\("
    r"|\b\w*[tT]ransactionManager\.getTransaction\("
)
_COMMITS = re.compile(r"\bcommit\w*\(")
_ALONE = re.compile(
    r"\b(?:conn\w*|connection|tx|transaction|trans|sqlSession|getTransaction\(\))\s*\.\s*commit\(\s*\)"
)
_AFTER = re.compile(r"afterCommit|registerSynchronization")
_MAYBE = re.compile(r"ransaction|setAutoCommit|Panache|tx\w*Operator|[tT]xTemplate")
_DEEPEST = 4


class JavaTransactions:
    """The transactions of the Java files that a service reaches."""

    def __init__(self, java: JavaFiles) -> None:
        self.java = java
        self.writings = JavaWrites(java)
        self._known: dict[tuple[str, int], bool] = {}

    @cached_property
    def _names(self) -> frozenset[str]:
        """The annotations that say it, those of the service's own too that carry one."""
        scans = (self.java.scan(p) for p in self.java.paths)
        own = {
            last_name(c.name)
            for s in scans
            for c in s.classes
            if "java.lang.annotation.Annotation" in c.bases
            and any(simple(d) in _NAMES for d in c.decorators)
        }
        return _NAMES | own

    @cached_property
    def _noted(self) -> list[Noted]:
        return [
            n
            for n in self.java.noted(*sorted(self._names))
            if n.name not in _NAMES or self.java.of(n, *_PACKAGES)
        ]

    def _fault(self, noted: Noted) -> str:
        """Why an annotation opens no transaction that writes."""
        none = _NONE.search(noted.text)
        if none is not None:
            return f"it says {none[0]}"
        woven = (
            self.java.of(noted, "io.micronaut.") or self.java.imported("io.quarkus.") is not None
        )
        return idle(noted, self.java, subclasses=woven)

    @cached_property
    def _by_method(self) -> dict[tuple[str, int], Noted]:
        """The annotation that speaks for a method: its own, else that of its class, else of what it overrides."""
        found: dict[tuple[str, int], Noted] = {}
        for noted in self._noted:
            for path, one in self.java.derived(noted.owner):
                for method in self.java.scan(path).functions:
                    if method.scope == one.name and _overrides(method, noted):
                        found[path, method.line] = noted
        for noted in sorted(self._noted, key=lambda n: n.method is not None):
            if noted.method is not None:
                found[noted.path, noted.method.line] = noted
                continue
            for method in self.java.scan(noted.path).functions:
                plain = (
                    not {"private", "static"} & set(method.modifiers) and method.name != "<init>"
                )
                if method.scope == noted.owner.name and plain:
                    found[noted.path, method.line] = noted
        return found

    @cached_property
    def _faults(self) -> dict[tuple[str, int], str]:
        return {place: self._fault(noted) for place, noted in self._by_method.items()}

    @cached_property
    def works(self) -> list[Work]:
        """Every transaction that does something."""
        found: list[Work] = []
        for (path, line), noted in sorted(self._by_method.items()):
            method = next(f for f in self.java.scan(path).functions if f.line == line)
            above = "abstract" in method.modifiers and bool(self.java.derived(noted.owner))
            if not self._faults[path, line] and not method.stub and not above:
                at = noted.line if path == noted.path else line
                spot = Spot(path, at, f"@{noted.name} on {noted.where}")
                found.append(Work(spot, method.line, method.last))
        for path in self.java.paths:
            text = self.java.bare(path)
            if not _MAYBE.search(text):
                continue
            for match in _MANAGED.finditer(text):
                found += self._in_code(path, text, match, "")
            for method in self.java.scan(path).functions:
                if (
                    method.name in ("doInTransaction", "doInTransactionWithoutResult")
                    and not method.stub
                ):
                    found.append(
                        Work(Spot(path, method.line, method.name), method.line, method.last)
                    )
            for match in _BEGINS.finditer(text):
                found += self._in_code(path, text, match, "commit")
            if "TransactionInterceptor(" in text:
                line = text.count("\n", 0, text.index("TransactionInterceptor(")) + 1
                found.append(Work(Spot(path, line, "TransactionInterceptor")))
        return found

    def _in_code(self, path: str, text: str, match: re.Match[str], needs: str) -> Iterator[Work]:
        line = text.count("\n", 0, match.end()) + 1
        method = self.java.around(path, line)
        if method is None or (
            needs and not _COMMITS.search(self.java.body(path, method, bare=True))
        ):
            return
        words = " ".join(match[0].split()).rstrip("(")
        yield Work(Spot(path, line, words), line, method.last)

    @cached_property
    def everywhere(self) -> bool:
        """Whether an advice of the service's own may put any method into a transaction."""
        return any(w.spot.what == "TransactionInterceptor" for w in self.works)

    def split(self) -> Iterator[Spot]:
        """Methods that write more than once outside of a transaction that is seen."""
        events: dict[tuple[str, int], tuple[Function, list[int]]] = {}
        for path, method, line in self.writings.writes:
            if any(w.holds(path, line) for w in self.works):
                continue
            events.setdefault((path, method.line), (method, []))[1].append(line)
        for (path, _), (method, lines) in sorted(events.items(), key=lambda e: e[0]):
            pair = self.writings.both(path, sorted(set(lines)))
            if pair is not None and not self._covered(path, method, _DEEPEST):
                why = self._faults.get((path, method.line), "")
                more = f" (its @Transactional does nothing: {why})" if why else ""
                yield Spot(path, pair[0], f"{method.name} writes here and in line {pair[1]}{more}")

    def _covered(self, path: str, method: Function, depth: int) -> bool:
        """Whether every call of a method that is seen comes from within a transaction."""
        key = (path, method.line)
        if key not in self._known:
            self._known[key] = False
            self._known[key] = self._is_covered(path, method, depth)
        return self._known[key]

    def _is_covered(self, path: str, method: Function, depth: int) -> bool:
        owner = self.java.owner(path, method)
        if owner is None or not depth or by_framework(method):
            return False
        private = "private" in method.modifiers
        found = [s for s in sites(owner, method, self.java) if not (private and s[2])]
        return bool(found) and all(self._within(p, line, depth) for p, line, _ in found)

    def _within(self, path: str, line: int, depth: int) -> bool:
        if any(w.holds(path, line) for w in self.works):
            return True
        caller = self.java.around(path, line)
        return caller is not None and self._covered(path, caller, depth - 1)

    # faults

    def never_undone(self) -> Iterator[Spot]:
        """Where a transaction is written down and nothing would undo it."""
        for path in self.java.paths:
            text = self.java.bare(path)
            for match in _ALONE.finditer(text):
                line = text.count("\n", 0, match.end()) + 1
                method = self.java.around(path, line)
                body = self.java.body(path, method, bare=True) if method is not None else ""
                if method is None or re.search(r"rollback", body, re.IGNORECASE):
                    continue
                if re.search(r"\btry\s*\(", body) or (path, method.line) in self._by_method:
                    continue
                yield Spot(
                    path, line, f"{' '.join(match[0].split())}: nothing rolls back when it fails"
                )

    def calls_within(self) -> Iterator[Spot]:
        """Calls of HTTP clients on lines that run within a transaction, or in a method of the class called there."""
        for work in self.works:
            if not work.last:
                continue
            path = work.spot.path
            text = self.java.bare(path).split("\n")
            body = "\n".join(text[work.first - 1 : work.last])
            if _AFTER.search(body):
                continue
            within = f"within {work.spot.what} of line {work.spot.line}"
            for line, what in self.writings.sends(path):
                if work.holds(path, line):
                    yield Spot(path, line, f"{what} {within}")
                    continue
                sender = self.java.around(path, line)
                inner = body.partition("\n")[2]
                at = _called(sender.name, inner) if sender is not None else None
                if at is not None:
                    at_line = work.first + 1 + inner.count("\n", 0, at)
                    yield Spot(path, at_line, f"{what} (line {line}) {within}")


def _called(name: str, text: str) -> int | None:
    """Where a text calls a method of its own class; None where it does not."""
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", text):
        if not DEFINES.search(text[max(0, match.start() - 80) : match.start()]):
            return match.start()
    return None


def _overrides(method: Function, noted: Noted) -> bool:
    """Whether a method of a class below overrides the one that an annotation is on, or is one of its interface."""
    above = noted.method
    if above is None:
        return not {"private", "static"} & set(method.modifiers) and method.name != "<init>"
    return method.name == above.name and len(method.parameters) == len(above.parameters)
