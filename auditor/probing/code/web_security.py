"""The code of a service that guards what browsers do: headers, other origins, cookies; each where it is applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.languages import grammar_of
from auditor.code.lexical.conditions import conditions, in_production
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.patterns import Rule
from auditor.code.reach.flow import called_name, line_of, scope_of
from auditor.code.reach.uses import Use
from auditor.code.scan import qualified
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.stores import Spot
from auditor.probing.contract import Context

TOPIC = "web_security"
_CALLS = ("call", "call_expression", "new_expression", "composite_literal")
_STRINGS = ("string", "string_literal", "interpreted_string_literal")
_SET = re.compile(
    r"(?i)[\"'`](strict-transport-security|x-content-type-options|content-security-policy|x-frame-options|referrer-policy)[\"'`]"
)
_READS = re.compile(
    r"\.(?:get|has|includes|Get|delete|pop|remove\w*|Del|getHeader)\(\s*$|(?:in|==|!=)\s*$"
)
_NAME = re.compile(r"[A-Za-z_$][\w$.]*")
_ATTACH = ("use", "register", "Use", "Wrap", "add_middleware", "UseHandler")
_NEAR = 40
_LANGUAGES = ("python", "javascript", "go", "java")


@dataclass(slots=True)
class Guards:
    """What was found; `unclear` are cookies and origins of which it cannot be told."""

    headers: list[Spot] = field(default_factory=list)
    ineffective: list[Spot] = field(default_factory=list)
    cookies: list[Spot] = field(default_factory=list)
    weak: list[Spot] = field(default_factory=list)
    unclear: list[Spot] = field(default_factory=list)
    any_origin: list[Spot] = field(default_factory=list)
    open_cors: list[Spot] = field(default_factory=list)


class Look:
    """The uses of a service with their nodes; rules whose class is handed to what attaches count as called there."""

    def __init__(self, ctx: Context, topic: Topic) -> None:
        self.topic = topic
        self.texts = Texts(ctx, topic)
        self.trees = trees_of(ctx, topic.code)
        self._roots: dict[str, SgNode | None] = {}

    @cached_property
    def uses(self) -> list[Use]:
        """Every use that is reached, those by an attachment too."""
        direct = [u for u in self.topic.reachable if u.rule.role not in ("attach",)]
        return [*direct, *(u for a in self.attached for u in self._handed(a))]

    @cached_property
    def attached(self) -> list[Use]:
        """What puts a middleware around requests."""
        return [u for u in self.topic.reachable if u.rule.role == "attach"]

    def _handed(self, use: Use) -> Iterator[Use]:
        scan = self.topic.scan(use)
        first = use.call.arguments[0] if use.call.arguments else ""
        rule = _by_name().get((use.rule.language, qualified(first, scan.names)))
        if rule is not None and rule.language == "python":
            yield replace(use, rule=rule)

    def root(self, path: str) -> SgNode | None:
        """The tree of a file; None where it has none."""
        if path not in self._roots:
            try:
                self._roots[path] = parse_whole(self.texts.text(path), grammar_of(path) or "")
            except Unparsed:
                self._roots[path] = None
        return self._roots[path]

    def node(self, use: Use) -> SgNode | None:
        """The call of a use in its tree."""
        root = self.root(use.path)
        last = use.call.name.rpartition(".")[2]
        for one in nodes(root, _CALLS) if root is not None else ():
            function = one.field("function") or one.field("constructor") or one.field("type")
            if function is None or function.range().end.line + 1 != use.call.line:
                continue
            written = called_name(one)
            if written.rpartition(".")[2] == last or self._means(written, use):
                return one
        return None

    def _means(self, written: str, use: Use) -> bool:
        return qualified(written, self.topic.scan(use).names) == use.call.name

    def runs(self, node: SgNode) -> bool | None:
        """Whether a node runs in production, as far as the conditions around it tell."""
        return in_production(conditions(node), self.trees.default)


def _by_name() -> dict[tuple[str, str], Rule]:
    rules = [r for language in _LANGUAGES for r in patterns().rules(TOPIC, language)]
    return {(r.language, name): r for r in rules for name in r.calls}


def headers(look: Look, found: Guards) -> None:
    """Libraries that set security headers, and code of the service's own that does."""
    for use in look.uses:
        if use.rule.role == "headers":
            _library(use, look, found)
        elif use.rule.role == "spring" and _of_security(use, look):
            _spring(use, found)
    for path in look.texts.files:
        if path in look.topic.code.closure.reachable:
            _own(path, look, found)


def _library(use: Use, look: Look, found: Guards) -> None:
    spot = Spot(use.path, use.call.line, use.call.name)
    node = look.node(use)
    if node is not None and look.runs(node) is False:
        found.ineffective.append(replace(spot, what=f"{use.call.name}: not in production"))
        return
    if not (use.rule.settings.get("self") or applied(use, look)):
        found.ineffective.append(replace(spot, what=f"{use.call.name}: nothing applies it"))
        return
    if _is_idle(use, look):
        found.ineffective.append(replace(spot, what=f"{use.call.name}: for development alone"))
        return
    found.headers.append(spot)
    for name in use.rule.texts("off"):
        if use.call.keywords.get(name) in ("false", "False", "None", "null"):
            what = f"{use.call.name}: {name} is switched off"
            found.ineffective.append(replace(spot, what=what))


def _of_security(use: Use, look: Look) -> bool:
    return any(
        i.module.startswith("org.springframework.security") for i in look.topic.scan(use).imports
    )


def _spring(use: Use, found: Guards) -> None:
    """Spring Security adds its headers by itself: what counts is whether they are disabled, all or one of them."""
    said = [k.lstrip("?") for k in use.call.keywords]
    given = " ".join(use.call.arguments)
    spot = Spot(use.path, use.call.line, "headers of Spring Security")
    whole = re.search(
        r"^\s*(\w+)\s*->\s*\1\s*\.\s*(?:disable|defaultsDisabled)\(\)|^\s*\w+::disable", given
    )
    if whole or said[:1] == ["disable"]:
        found.ineffective.append(replace(spot, what=f"{spot.what} are disabled"))
        return
    found.headers.append(spot)
    if "disable" in said or "disable" in given:
        found.ineffective.append(replace(spot, what=f"{spot.what}: one is disabled"))


def _is_idle(use: Use, look: Look) -> bool:
    """Whether the options beside say that it does nothing."""
    return any(
        u.call.keywords.get(name) == "true"
        for u in look.uses
        if u.rule.role == "options" and (u.rule.library, u.path) == (use.rule.library, use.path)
        for name in u.rule.texts("idle")
    )


def applied(use: Use, look: Look) -> bool:
    """Whether what a call makes is handed to what attaches, in its file or where it is imported."""
    if use.call.inside.rpartition(".")[2] in _ATTACH:
        return True
    library = use.rule.library
    if any(u.rule.role == "applies" and u.rule.library == library for u in look.topic.reachable):
        return True
    return any(_takes(other, a, use, look) for other in look.attached for a in other.call.arguments)


def _takes(other: Use, argument: str, use: Use, look: Look) -> bool:
    """Whether an argument of what attaches is what a call made."""
    same = other.path == use.path
    last = use.call.name.rpartition(".")[2]
    if same and 0 <= use.call.line - other.call.line <= _NEAR and f"{last}(" in argument:
        return True
    if not _NAME.fullmatch(argument):
        return False
    name = qualified(argument, look.topic.scan(other).names)
    made = look.topic.makers.made(other.path, name, other.call.scope)
    if made is not None and (made.path, made.call.line) == (use.path, use.call.line):
        return True
    if name == use.call.name or (same and argument.partition(".")[0] == use.call.target):
        return True
    return use.call.target == "return" and argument.rpartition(".")[2] == use.call.scope


def _own(path: str, look: Look, found: Guards) -> None:
    """Header names that the code writes, not those that it reads or compares."""
    text = look.texts.text(path)
    root = look.root(path) if _SET.search(text) else None
    for node in nodes(root, _STRINGS) if root is not None else ():
        match = _SET.fullmatch(node.text())
        start = node.range().start.index
        if match is None or _READS.search(text[max(0, start - 40) : start]):
            continue
        spot = Spot(path, line_of(node), f"sets {match[1]}")
        scope = scope_of(node)
        if look.runs(node) is False:
            found.ineffective.append(replace(spot, what=f"{spot.what}: not in production"))
        elif not look.trees.is_called(scope):
            found.ineffective.append(replace(spot, what=f"{spot.what}: nothing calls {scope}"))
        else:
            found.headers.append(spot)
