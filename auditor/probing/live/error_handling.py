"""Which handlers of unexpected errors a service registers, and what each of them answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.code.definitions import Defined, Definitions
from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed
from auditor.code.reach.uses import Use
from auditor.code.scan import Class, Function, last_name
from auditor.code.topics.handler_bodies import Body, judge, tried
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.contract import Context

_NAME = re.compile(r"[A-Za-z_$][\w$.]*")
_LOCAL = re.compile(r"(?:blueprint|(?:^|[_.])bp)$", re.IGNORECASE)
_ONWARD = re.compile(r"\b(?:call_next|handler|get_response|next|self\.app|self\._app|app)\s*\(")
_BROAD = frozenset({"*", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler and where it is registered; `at` is its body's file and first line, where it was found."""

    path: str
    line: int
    what: str
    body: Body = field(default_factory=Body)
    at: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@dataclass(frozen=True, slots=True)
class Handlers:
    """The reading of one service's handlers."""

    ctx: Context
    topic: Topic
    texts: Texts
    definitions: Definitions

    def of(self, uses: list[Use]) -> Iterator[Handler]:
        """The handlers that uses register."""
        for use in uses:
            reader = {
                "handler": self._handler, "table": self._table, "middleware": self._middleware, "last": self._last,
                "recovers": self._recovers, "filters": self._filters,
            }.get(use.rule.role)  # fmt: skip
            if reader is not None:
                yield from reader(use)

    def _made(self, use: Use, name: str, what: str, parameter: int = 0) -> Handler:
        """A handler that is named at a use."""
        found = self.definitions.find(name, use.path, use.call.scope)
        return Handler(use.path, use.call.line, what, *self.judged(found, parameter))

    def judged(self, found: Defined | None, parameter: int) -> tuple[Body, str]:
        """The body of a function and its place; its error is the parameter of that place."""
        if found is None or not isinstance(found.what, Function):
            return Body(), ""
        return self._read(found.path, found.what.line, parameter), f"{found.path}:{found.what.line}"

    def _read(self, path: str, line: int, parameter: int) -> Body:
        try:
            return judge(self.texts.text(path), grammar_of(path) or "", line, parameter)
        except Unparsed:
            return Body()

    def _handler(self, use: Use) -> Iterator[Handler]:
        rule, call = use.rule, use.call
        if rule.language == "javascript":
            yield from self._given(use, 0)
            return
        receiver = call.name.rpartition(".")[0]
        made = self.topic.makers.made(use.path, receiver, call.scope)
        if (
            made is not None
            and made.rule.role == "local"
            and not call.name.endswith(".app_errorhandler")
        ):
            return
        caught = next((call.keywords[k] for k in rule.texts("keywords") if k in call.keywords), "")
        caught = caught or next(iter(call.arguments), "")
        if _LOCAL.search(receiver) and made is None and call.name.endswith(".errorhandler"):
            return
        if last_name(caught) not in rule.texts("catches"):
            return
        if last_name(caught) == "HTTPException" and rule.library != "flask":
            return
        handler = call.keywords.get(rule.text("handler"), "") or (
            call.arguments[1] if len(call.arguments) > 1 else ""
        )
        place = 0 if rule.library == "flask" else 1
        what = f"{call.name} ({last_name(caught)})"
        if call.decorates:
            yield self._decorated(use, what, place)
        elif handler:
            yield self._made(use, handler, what, place)

    def _decorated(self, use: Use, what: str, parameter: int) -> Handler:
        scan = self.topic.scan(use)
        found = next(
            (f for f in scan.functions if f.name == use.call.decorates and f.line >= use.call.line),
            None,
        )
        placed = Defined(use.path, found) if found is not None else None
        return Handler(use.path, use.call.line, what, *self.judged(placed, parameter))

    def _table(self, use: Use) -> Iterator[Handler]:
        table = use.call.keywords.get(use.rule.text("keyword"), "")
        path = use.path
        if _NAME.fullmatch(table):
            there = self.definitions.place(self.topic.scan(use).names.get(table, table), path)
            path, name = there if there is not None else (path, table)
            table = self.topic.code.scans[path].constants.get(name, "")
        for match in re.finditer(
            r"(?<![\w.])((?:\w+\.)*(?:Exception|BaseException)|500|\w*\.?HTTP_500\w+)\s*:\s*([\w.]+)",
            table,
        ):
            found = self.definitions.find(match[2], path)
            yield Handler(
                use.path, use.call.line, f"{use.call.name} ({match[1]})", *self.judged(found, 1)
            )

    def _middleware(self, use: Use) -> Iterator[Handler]:
        call = use.call
        if call.decorates:
            scan = self.topic.scan(use)
            own = [f for f in scan.functions if f.name == call.decorates and f.line >= call.line]
            applied = call.name.endswith(".middleware") and use.rule.library != "aiohttp"
            if own and (applied or self.texts.mentions(call.decorates) > 1):
                yield from self._catching(use, Defined(use.path, own[0]), call.name)
            return
        name = next(iter(call.arguments), "") or call.keywords.get("middleware_class", "")
        found = self.definitions.find(name, use.path, call.scope) if _NAME.fullmatch(name) else None
        if found is not None:
            yield from self._catching(use, found, f"{call.name} with {name}")

    def _catching(self, use: Use, found: Defined, what: str) -> Iterator[Handler]:
        """A middleware, where it catches everything and answers."""
        scan = self.topic.code.scans[found.path]
        for catch in scan.catches:
            if isinstance(found.what, Class):
                inside = catch.scope.partition(".")[0] == found.what.name
            else:
                inside = found.what.line <= catch.line <= found.what.last
            if (
                not inside
                or not _BROAD & set(catch.types)
                or not self._tries(found.path, catch.line)
            ):
                continue
            if catch.does != "raises":
                hides = {"nothing": "does nothing", "logs": "only logs"}.get(catch.does, "")
                body = Body(hides, catch.tells)
                yield Handler(use.path, use.call.line, what, body, f"{found.path}:{catch.line}")
                return

    def _tries(self, path: str, line: int) -> bool:
        """Whether the clause on a line catches what comes from the rest of the chain."""
        try:
            return (
                _ONWARD.search(tried(self.texts.text(path), grammar_of(path) or "", line))
                is not None
            )
        except Unparsed:
            return False

    def _given(self, use: Use, parameter: int) -> Iterator[Handler]:
        """A function among the arguments of a script's call: written there, or named."""
        for argument in use.call.arguments[:1]:
            if _NAME.fullmatch(argument):
                yield self._made(use, argument, f"{use.call.name} with {argument}", parameter)
                continue
            found = self._inline(use)
            body = self._read(use.path, found.line, parameter) if found is not None else Body()
            yield Handler(
                use.path, use.call.line, use.call.name, body, f"{use.path}:{use.call.line}"
            )

    def _inline(self, use: Use, count: int = 0) -> Function | None:
        near = (
            f
            for f in self.topic.scan(use).functions
            if use.call.line <= f.line <= use.call.line + 2
        )
        return next((f for f in near if not count or len(f.parameters) == count), None)

    def _last(self, use: Use) -> Iterator[Handler]:
        """Express: a function of four parameters; Koa: one of two that catches what comes after it."""
        call, scan = use.call, self.topic.scan(use)
        plain = call.name.removeprefix("this.")
        if plain.count(".") > 1 or self._is_local(use) or not self._takes_middleware():
            return
        for argument in call.arguments:
            named = _NAME.fullmatch(argument.removesuffix("()"))
            if named is not None:
                found = self.definitions.find(argument.removesuffix("()"), use.path, call.scope)
                if found is not None and argument.endswith("()"):
                    found = self._inner(found)
                what = f"{call.name} with {argument}"
            else:
                inline = (
                    self._inline(use)
                    if re.match(r"(?:async\s*)?(?:function\b|\()", argument)
                    else None
                )
                found = Defined(use.path, inline) if inline is not None else None
                what = call.name
            if found is None or not isinstance(found.what, Function):
                continue
            if len(found.what.parameters) == use.rule.number("parameters"):
                if not self._too_early(use):
                    yield Handler(use.path, call.line, what, *self.judged(found, 0))
            elif len(found.what.parameters) == 2 and any("koa" in i.module for i in scan.imports):
                yield from self._catching(use, found, what)

    def _takes_middleware(self) -> bool:
        """Whether a framework is imported that calls a chain of functions."""
        scans = self.topic.code.scans
        reached = (scans[p] for p in self.topic.code.closure.reachable if p in scans)
        return any(i.module in _MANY for scan in reached for i in scan.imports)

    def _is_local(self, use: Use) -> bool:
        made = self.topic.makers.made(use.path, use.call.name.rpartition(".")[0], use.call.scope)
        return made is not None and made.rule.role == "local"

    def _inner(self, found: Defined) -> Defined | None:
        """The function that a function gives back."""
        if not isinstance(found.what, Function):
            return None
        outer = found.what
        scan = self.topic.code.scans[found.path]
        inner = (f for f in scan.functions if outer.line <= f.line <= outer.last and f is not outer)
        first = next(inner, None)
        return Defined(found.path, first) if first is not None else None

    def _too_early(self, use: Use) -> bool:
        """Whether every route that the file adds to the same application comes after the handler."""
        receiver = use.call.name.rpartition(".")[0]
        routes = []
        for call in self.topic.scan(use).calls:
            owner, _, method = call.name.rpartition(".")
            if owner != receiver or call.scope != use.call.scope or not call.arguments:
                continue
            route = method in _ROUTES and len(call.arguments) > 1
            mounted = (
                method == "use" and len(call.arguments) > 1 and call.arguments[0][:1] in "\"'`"
            )
            if route or mounted:
                routes.append(call.line)
        return bool(routes) and min(routes) > use.call.line

    def _recovers(self, use: Use) -> Iterator[Handler]:
        call, rule = use.call, use.rule
        takes = rule.texts("takes")
        if not takes:
            if call.target in ("", "return") or (
                call.target != "_" and self.texts.mentions(call.target) > 1
            ):
                yield Handler(use.path, call.line, call.name)
            return
        names = self.topic.scan(use).names
        for argument in call.arguments:
            first, _, rest = argument.partition(".")
            if f"{names.get(first, first)}.{rest}" in takes:
                yield Handler(use.path, call.line, f"{call.name} with {argument}")

    def _filters(self, use: Use) -> Iterator[Handler]:
        for argument in use.call.arguments:
            match = re.match(r"(?:new\s+)?([\w$.]+)", argument)
            if match is not None:
                yield from self.filter(
                    use.path, use.call.line, match[1], use.call.name, use.call.scope
                )

    def filter(
        self, path: str, line: int, name: str, what: str, scope: str = ""
    ) -> Iterator[Handler]:
        """A filter of NestJS that catches everything."""
        found = self.definitions.find(name, path, scope)
        if found is None or not isinstance(found.what, Class):
            return
        if not any(re.fullmatch(r"Catch\(\s*(?:Error)?\s*\)", d) for d in found.what.decorators):
            return
        functions = self.topic.code.scans[found.path].functions
        own = (f for f in functions if f.name == "catch" and f.scope == found.what.name)
        catch = next(own, None)
        placed = Defined(found.path, catch) if catch is not None else None
        yield Handler(path, line, f"{what} with {name}", *self.judged(placed, 0))


_MANY = frozenset({"express", "koa", "restify", "connect", "polka", "@nestjs/platform-express"})
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "all"})
