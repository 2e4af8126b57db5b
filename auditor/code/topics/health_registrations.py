"""Where source registers routes: the path as written, and what may be the handler.

Calls that take a path and a handler, decorators and annotations on functions with those of their class, keys
of an object whose value is a function, and comparisons of a request's path. A call with a path alone is a
client's, and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import assignments, called_name, keyword, line_of, positional
from auditor.code.topics.environment import literal
from auditor.code.topics.health_annotated import annotated
from auditor.code.topics.health_paths import joined
from auditor.code.topics.health_written import NAMES, Registration, Written, last

FUNCTIONS = frozenset({
    "function_definition", "function_declaration", "method_declaration", "method_definition", "arrow_function",
    "function_expression", "func_literal", "lambda", "lambda_expression", "generator_function_declaration",
})  # fmt: skip
_CALLS = ("call", "call_expression", "method_invocation")
_CHAINED = re.compile(
    r"\.?(?:route|Path)\(\s*[\"'`]([^\"'`]+)[\"'`]\s*\)(?:\.Methods\([^()]*\))?\.(\w+)$"
)
_CLIENT = re.compile(
    r"(?i)(?:^|[._])(?:axios|https?client|client|requests?|fetch|got|superagent|agent|supertest|nock|mock\w*|rest_?template|session)$"
)
_PREFIX = ("prefix", "url_prefix")
_HANDLER = ("endpoint", "view_func", "handler", "view", "controller")
_PATH = ("path", "rule", "url", "uri", "value")
_LOOKS_AT = re.compile(
    r"(?i)(?:\b(?:req|request|self|scope|environ|ctx|context|r|event|handler|this)\b.{0,40}(?:path|url|uri|PATH_INFO)\w*|^path(?:name)?|^url)"
)
_ANSWERS = re.compile(
    r"\bres\b|\bres(?:ponse)?\.|Response|\breturn\b|\bw\.|\.write|send_response|self\.\w*send|yield|await send\("
)
_PASSES_ON = re.compile(r"call_next|\bnext\(|get_response\(|self\.app\(|\.ServeHTTP\(|\bcontinue\b")
_OTHERS = (
    "method_reference",
    "unary_expression",
    "composite_literal",
    "object_creation_expression",
)
_MOST_ARGUMENTS = 12


@dataclass(frozen=True, slots=True)
class Words:
    """The names that register a route, that decorate a handler, and that mount other routes."""

    registers: frozenset[str] = frozenset()
    decorates: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registrations:
    """Reads one file of a family of languages; `text` is its own."""

    family: str
    root: SgNode
    text: str
    words: Words
    written: Written

    def read(self) -> Iterator[Registration]:
        """Every registration, in no order; paths with the prefix that the same file gives them."""
        if self.family == "python":
            yield from self._decorated()
        if self.family in ("javascript", "java"):
            yield from annotated(self.root, self.words.decorates, self.written)
        if self.family == "javascript":
            yield from self._keys()
        yield from self._called()
        yield from self._compared()

    def mounted(self) -> Iterator[tuple[str, SgNode]]:
        """A path, and the node that stands for the routes put below it."""
        for call in nodes(self.root, _CALLS):
            if last(called_name(call)) not in self.words.mounts:
                continue
            given = positional(call)[:_MOST_ARGUMENTS]
            named = keyword(call, *_PREFIX)
            if named is not None and given:
                yield self.written.said(named) or "", given[0]
            elif len(given) > 1 and (path := self.written.said(given[0])) is not None:
                yield path, given[-1]

    # calls

    def _called(self) -> Iterator[Registration]:
        for call in nodes(self.root, _CALLS):
            name = _name(call)
            chained = _CHAINED.search(name)
            given = positional(call)[:_MOST_ARGUMENTS]
            if chained and given:
                path, handlers = chained[1], given
            elif last(name) in self.words.registers and not _CLIENT.search(name.rpartition(".")[0]):
                path, handlers = self._taken(call, given)
            else:
                continue
            fitting = [h for h in handlers if self._may_handle(h)]
            if path is not None and fitting:
                before = self._before(call, name.rpartition(".")[0])
                aside = " ".join(h.text() for h in fitting[:-1])[:2_000]
                yield Registration(
                    joined(*before, path), line_of(call), tuple(reversed(fitting)), aside
                )

    def _taken(self, call: SgNode, given: list[SgNode]) -> tuple[str | None, list[SgNode]]:
        """The path of a call, and what else it is given."""
        named = keyword(call, *_PATH)
        handler = keyword(call, *_HANDLER)
        more = [handler] if handler is not None else []
        if given and (path := self.written.said(given[0])) is not None and "/" in f"{path}/":
            rest = [*given[1:], *more]
            if (
                len(rest) > 1 and self.written.said(rest[0]) is not None
            ):  # Method(verb, path, handler)
                second = self.written.said(rest[0]) or ""
                if re.fullmatch(r"[A-Z]{3,7}", path) or path.isupper():
                    return second, rest[1:]
            return path, rest
        if len(given) > 1 and (path := self.written.said(given[1])) is not None:
            # Match(verbs, path, handler), add_resource(View, path)
            return path, given[2:] or (given[:1] if self.family == "python" else [])
        if named is not None:
            return self.written.said(named), [*given, *more]
        return None, []

    def _may_handle(self, node: SgNode) -> bool:
        kind = str(node.kind())
        if kind in FUNCTIONS or kind in NAMES or kind in _CALLS or kind == "identifier":
            return True
        if kind in ("array", "list"):
            return any(self._may_handle(c) for c in node.children() if c.is_named())
        return kind in _OTHERS

    def _before(self, call: SgNode, receiver: str) -> list[str]:
        """The prefixes that the file puts before the paths of a receiver, outer first."""
        found: list[str] = []
        bare = re.escape(receiver.partition("(")[0])
        if self.family == "python":
            found += self._made_with(receiver)
        if self.family == "go":
            for above in reversed(call.ancestors()):
                if (
                    above.kind() == "call_expression"
                    and last(called_name(above)) in self.words.mounts
                ):
                    first = next(iter(positional(above)), None)
                    found += [
                        p for p in [self.written.said(first) if first is not None else None] if p
                    ]
            if bare and not found:
                groups = re.search(rf"\b{bare}\s*:?=\s*[\w.]+\.Group\(\s*\"([^\"]*)\"", self.text)
                found += [groups[1]] if groups else []
        return found

    def _made_with(self, name: str) -> list[str]:
        """The prefix that the maker of a router was told."""
        made = assignments(self.root, name)[:1] if name else []
        prefix = keyword(made[0][0], *_PREFIX) if made else None
        said = self.written.said(prefix) if prefix is not None else None
        return [said] if said else []

    # decorators

    def _decorated(self) -> Iterator[Registration]:
        for node in nodes(self.root, ("decorated_definition",)):
            inner = node.field("definition")
            for one in (c for c in node.children() if c.kind() == "decorator"):
                call = next((c for c in one.children() if c.kind() == "call"), None)
                name = called_name(call) if call is not None else ""
                if call is None or inner is None or last(name) not in self.words.decorates:
                    continue
                given = positional(call)
                where = given[0] if given else keyword(call, *_PATH)
                path = self.written.said(where) if where is not None else ""
                if path is None:
                    continue
                before = self._made_with(name.rpartition(".")[0])
                aside = " ".join(c.text() for c in node.children() if c.kind() == "decorator")
                yield Registration(joined(*before, path), line_of(one), (inner,), aside)

    # objects and comparisons

    def _keys(self) -> Iterator[Registration]:
        for pair in nodes(self.root, ("pair",)):
            key, value = pair.field("key"), pair.field("value")
            if key is None or value is None or not (path := literal(key.text())):
                continue
            if path.startswith("/") and self._may_handle(value):
                yield Registration(path, line_of(pair), (value,))

    def _compared(self) -> Iterator[Registration]:
        for node in nodes(
            self.root, ("if_statement", "elif_clause", "expression_case", "switch_case")
        ):
            condition = node.field("condition") or node.field("value")
            then = node.field("consequence") or node
            if (
                condition is None
                or _PASSES_ON.search(then.text())
                or not _ANSWERS.search(then.text())
            ):
                continue
            looks = _LOOKS_AT.search(condition.text())
            if "case" in str(node.kind()):
                above = next((a for a in node.ancestors() if "switch" in str(a.kind())), None)
                subject = above.field("value") if above is not None else None
                looks = _LOOKS_AT.search(subject.text()) if subject is not None else None
            for path in re.findall(r"[\"'`](/[\w./-]+)[\"'`]", condition.text()) if looks else ():
                yield Registration(path, line_of(node), (then,))


def _name(call: SgNode) -> str:
    if call.kind() == "method_invocation":
        name, on = call.field("name"), call.field("object")
        return (
            f"{on.text() + '.' if on is not None else ''}{name.text() if name is not None else ''}"[
                -200:
            ]
        )
    return called_name(call)[-300:]
