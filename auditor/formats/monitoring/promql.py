"""What a PromQL expression names and compares, read with a guard against deep nesting."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import promql_parser as promql

from auditor.formats.text.errors import Malformed, TooLarge

# promql-parser overflows the stack, and so ends the process, on some 5,000 nested or chained
# operations; real rules have a few dozen.
_MOST_OPERATIONS = 300
_LONGEST = 50_000
_STRING_OR_COMMENT = re.compile(
    r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|`[^`]*+`|\#[^\n]*+""", re.DOTALL
)
_OPERATION = re.compile(r"[-+*/%^<>({\[]|[=!]=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": operator.pow,
}
_ABSENT = frozenset({"absent", "absent_over_time"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A filter: samples that do not satisfy it vanish.

    `number` is None between two vectors, and where the constant side is more than arithmetic.
    """

    operator: str
    number: float | None


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression does.

    `metrics` are those named outright; `any_metric` says that a selector names none, or by a
    pattern. `constant` is an expression, or one side of its outermost `or`, over no series at
    all, which always or never fires.
    """

    metrics: frozenset[str]
    any_metric: bool
    comparisons: tuple[Comparison, ...]
    uses_absent: bool
    constant: bool

    @property
    def compares(self) -> bool:
        """Whether samples are filtered by any comparison, be it with another series."""
        return bool(self.comparisons)

    @property
    def has_threshold(self) -> bool:
        """Whether samples are filtered by a comparison of something variable with a number."""
        return any(comparison.number is not None for comparison in self.comparisons)


def parse(text: str) -> Expression:
    """The expression. Raises Malformed with the reason, and TooLarge."""
    root = tree(text)
    nodes = list(_nodes(root))
    selectors = [node for node in nodes if isinstance(node, promql.VectorSelector)]
    names = [_name(selector) for selector in selectors]
    return Expression(
        metrics=frozenset(name for name in names if name),
        any_metric=None in names,
        comparisons=tuple(found for node in nodes for found in _comparison(node)),
        uses_absent=any(
            isinstance(node, promql.Call) and node.func.name in _ABSENT for node in nodes
        ),
        constant=_has_constant_side(root),
    )


def tree(text: str) -> promql.Expr:
    """The expression as the library's tree, never deeper than 300 operations. Raises as `parse` does."""
    _guard(text)
    try:
        return promql.parse(text)
    except (ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Malformed(f"The expression is not valid PromQL: {reason}.") from None


def _guard(text: str) -> None:
    if len(text) > _LONGEST:
        raise TooLarge(f"The expression is longer than {_LONGEST:,} characters.")
    operations = len(_OPERATION.findall(_STRING_OR_COMMENT.sub(" ", text)))
    if operations > _MOST_OPERATIONS:
        raise TooLarge(f"The expression holds more than {_MOST_OPERATIONS} operations.")


def _nodes(root: promql.Expr) -> Iterator[promql.Expr]:
    """Depth first. The library's own walk takes cubic time on a chain of operators."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(_below(node)))


def _below(node: promql.Expr) -> list[promql.Expr]:
    if isinstance(node, promql.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql.AggregateExpr):
        return [each for each in (node.param, node.expr) if isinstance(each, promql.Expr)]
    if isinstance(node, promql.Call):
        return list(node.args)
    if isinstance(node, promql.MatrixSelector):
        return [node.vector_selector]
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return [node.expr]
    return []


def _name(selector: promql.VectorSelector) -> str | None:
    if selector.name:
        return selector.name
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == promql.MatchOp.Equal:
            return matcher.value
    return None


def _comparison(node: promql.Expr) -> list[Comparison]:
    """With `bool` a comparison yields 0 or 1 and filters nothing, so it is not one here."""
    if not isinstance(node, promql.BinaryExpr) or str(node.op) not in _COMPARISONS:
        return []
    if node.modifier is not None and node.modifier.return_bool:
        return []
    for number, other in ((node.rhs, node.lhs), (node.lhs, node.rhs)):
        if _is_constant(number) and not _is_constant(other):
            return [Comparison(str(node.op), _value(number))]
    return [Comparison(str(node.op), None)]


def _has_constant_side(node: promql.Expr) -> bool:
    if isinstance(node, promql.ParenExpr):
        return _has_constant_side(node.expr)
    if isinstance(node, promql.BinaryExpr) and str(node.op) == "or":
        return _has_constant_side(node.lhs) or _has_constant_side(node.rhs)
    return _is_constant(node)


def _is_constant(node: promql.Expr) -> bool:
    """Whether it holds only literals: no selector, and no call that reads the clock."""
    return all(
        not isinstance(each, promql.VectorSelector)
        and not (isinstance(each, promql.Call) and not each.args)
        for each in _nodes(node)
    )


def _value(node: promql.Expr) -> float | None:
    """The value of constant arithmetic such as `14.4 * (1 - 0.999)`."""
    if isinstance(node, promql.NumberLiteral):
        return None if math.isnan(node.val) else node.val
    if isinstance(node, promql.ParenExpr):
        return _value(node.expr)
    if isinstance(node, promql.UnaryExpr):
        number = _value(node.expr)
        return None if number is None else -number
    if isinstance(node, promql.Call) and node.func.name in ("vector", "scalar"):
        return _value(node.args[0])
    if not isinstance(node, promql.BinaryExpr) or str(node.op) not in _ARITHMETIC:
        return None
    left, right = _value(node.lhs), _value(node.rhs)
    if left is None or right is None:
        return None
    try:
        result = float(_ARITHMETIC[str(node.op)](left, right))
    except (ArithmeticError, ValueError, TypeError):
        return None
    return None if math.isnan(result) else result
