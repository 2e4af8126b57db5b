"""Under which conditions code runs, and whether they hold in production as far as their text tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ast_grep_py import SgNode

Condition = tuple[str, bool]
"""The text of a condition, and whether code runs where it holds (True) or where it does not."""

Default = Callable[[str], "str | None"]
"""The text of the default of a setting, by the last part of its name; None where it is not known."""

_PRODUCTION = re.compile(
    r"(?:^|[^a-z])prod(?:uction)?(?:$|[^a-z])|is_?prod(?:uction)?\b", re.IGNORECASE
)
_ELSEWHERE = re.compile(
    r"(?:^|[^a-z])(?:dev(?:elop(?:ment)?)?|debug|local|testing|tests?|isatty|is_?tty|reload|pretty)(?:$|[^a-z])"
    r"|is_?(?:dev|local|debug|test)|[a-z](?:Dev|Debug|Pretty|Local)\b",
    re.IGNORECASE,
)  # fmt: skip
_EQUAL = re.compile(r"(.+?)\s*(===?|!==?|\bis not\b|\bis\b|\bnot in\b|\bin\b)\s*(.+)", re.DOTALL)
_SETTING = re.compile(r"[A-Za-z_$][\w$.?]*(?:\(\))?(?:\.(?:lower|upper|toLowerCase|strip)\(\))?")
_TRUE = frozenset({"true", "1", "yes", "on", "json"})
_OUTER = frozenset(
    {"function_definition", "class_definition", "function_declaration", "method_declaration"}
)
_LONGEST = 400
_ASIDE = re.compile(
    r"(?:Local|Dev|Develop|Development|Test|Tests|Testing|Debug|CI|Ci)(?:Base)?(?:Config|Settings|Configuration)?"
    r"|(?:Config|Settings)(?:Local|Dev|Development|Test|Testing)"
)
_KEPT = "\0"
_LEADING = re.compile(r"(?:not\b|!)\s*")


def conditions(node: SgNode) -> list[Condition]:
    """The conditions around a node, inner before outer, up to the function that it stands in."""
    found: list[Condition] = []
    below = node
    for above in node.ancestors():
        found += _at(above, below)
        below = above
        if above.kind() in _OUTER:
            found += _of_class(above)
            break
    return found


def _of_class(node: SgNode) -> Iterator[Condition]:
    """What the name of a class of settings says of when it is used: `class Development(Config)`."""
    for around in (node, *node.ancestors()):
        name = around.field("name") if around.kind() == "class_definition" else None
        if name is not None and _ASIDE.fullmatch(name.text()):
            yield "production", False


def _at(above: SgNode, below: SgNode) -> Iterator[Condition]:
    kind = above.kind()
    if kind == "if_statement":
        condition = above.field("condition")
        if condition is None or _within(below, condition):
            return
        earlier = [c for c in above.children() if c.kind() == "elif_clause"]
        if below.kind() in ("elif_clause", "else_clause"):
            yield _text(condition), False
            for clause in earlier:
                inner = clause.field("condition")
                if inner is not None and clause.range().end.index <= below.range().start.index:
                    yield _text(inner), False
            return
        alternative = above.field("alternative")
        yield _text(condition), not (alternative is not None and _within(below, alternative))
    elif kind == "elif_clause":
        condition = above.field("condition")
        if condition is not None and not _within(below, condition):
            yield _text(condition), True
    elif kind == "conditional_expression":
        parts = [c for c in above.children() if c.is_named()]
        if len(parts) == 3 and not _within(below, parts[1]):
            yield _text(parts[1]), _within(below, parts[0])
    elif kind == "ternary_expression":
        condition, yes = above.field("condition"), above.field("consequence")
        if condition is not None and yes is not None and not _within(below, condition):
            yield _text(condition), _within(below, yes)
    elif kind in ("switch_case", "expression_case"):
        value, switch = above.field("value"), next(
            (a for a in above.ancestors() if a.kind().endswith("switch_statement")), None
        )  # fmt: skip
        over = switch.field("value") if switch is not None else None
        if value is not None and over is not None and not _within(below, value):
            yield f"{_text(over)} == {value.text()}", True
    elif kind in ("switch_default", "default_case", "case_clause"):
        yield "another case", True
    elif kind == "binary_expression":
        operator, left = above.field("operator"), above.field("left")
        if (
            operator is not None
            and operator.text() == "&&"
            and left is not None
            and not _within(below, left)
        ):
            yield _text(left), True


def _text(node: SgNode) -> str:
    text = " ".join(node.text().split())
    return text[1:-1].strip() if node.kind() == "parenthesized_expression" else text


def _within(inner: SgNode, outer: SgNode) -> bool:
    a, b = inner.range(), outer.range()
    return b.start.index <= a.start.index and a.end.index <= b.end.index


def by_default(found: list[Condition], default: Default) -> bool | None:
    """As `in_production`, but a setting that keeps its default decides as well where it says no."""

    def marked(name: str) -> str | None:
        value = default(name)
        return None if value is None else f"{_KEPT}{value}"

    return in_production(found, marked)


def in_production(found: list[Condition], default: Default) -> bool | None:
    """Whether code under these conditions runs in production; None where their text does not tell.

    Where a setting decides, its default counts for yes; a no may be turned by whoever deploys.
    """
    senses = [
        None if (s := holds(text, default)) is None else s is wanted for text, wanted in found
    ]
    if any(sense is False for sense in senses):
        return False
    return None if any(sense is None for sense in senses) else True


def holds(text: str, default: Default) -> bool | None:
    """Whether a condition holds in production: it names production, or debugging, or a setting whose
    default decides."""
    text = text[:_LONGEST].strip()
    for sign, decides in ((r"\s*\|\|\s*|\s+or\s+", True), (r"\s*&&\s*|\s+and\s+", False)):
        parts = re.split(sign, text)
        if len(parts) > 1:
            if any(p.count("(") != p.count(")") for p in parts):
                return None
            senses = [holds(p, default) for p in parts]
            if decides in senses:
                return decides
            return None if None in senses else not decides
    if text.startswith("(") and text.endswith(")"):
        return holds(text[1:-1], default)
    negated = _LEADING.match(text)
    if negated is not None:
        inner = holds(text[negated.end() :], default)
        return None if inner is None else not inner
    return _single(text, default)


def _single(text: str, default: Default) -> bool | None:
    compared = _EQUAL.fullmatch(text)
    left, sign, right = compared.groups() if compared else (text, "", "true")
    equal = sign not in ("!=", "!==", "is not", "not in")
    said = right.strip().strip("\"'`").lower()
    if said in ("false", "none", "null", "0"):
        inner = _single(left, default)
        return None if inner is None else inner is not equal
    named = f"{left} {right}" if compared else left
    production, elsewhere = bool(_PRODUCTION.search(named)), bool(_ELSEWHERE.search(named))
    if production != elsewhere:
        return production is equal
    if production or not _SETTING.fullmatch(left.strip()):
        return None
    name = re.sub(r"\(\)|\.(?:lower|upper|toLowerCase|strip)\b", "", left.strip()).rpartition(".")[
        2
    ]
    value = default(name)
    if value is None:
        return None
    kept = value.startswith(_KEPT)
    value = value.removeprefix(_KEPT).strip("\"'`").lower()
    matches = value == said or (said in ("true", "") and value in _TRUE)
    return True if matches is equal else False if kept else None
