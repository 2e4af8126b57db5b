"""Which series a PromQL expression selects, and whether it can yield anything without some of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import promql_parser as promql

from auditor.formats.monitoring.label_matcher import LabelMatcher
from auditor.formats.monitoring.promql import tree

_SIGNS = (  # the library's own enumeration cannot be hashed
    (promql.MatchOp.Equal, "="),
    (promql.MatchOp.NotEqual, "!="),
    (promql.MatchOp.Re, "=~"),
    (promql.MatchOp.NotRe, "!~"),
)
_NEVER_EMPTY = frozenset({"absent", "absent_over_time", "scalar", "vector", "time"})


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector: `metric` is the name, None where none is given outright; `matchers` are the others.

    Matchers that `or` joins inside the braces are left out.
    """

    metric: str | None
    matchers: tuple[LabelMatcher, ...]

    def equal_to(self, label: str) -> str | None:
        """The value that `label` must have, None where it may have several."""
        wanted = (m.value for m in self.matchers if m.label == label and m.sign == "=")
        return next(wanted, None)


def selectors(text: str) -> list[Selector]:
    """Every selector of an expression. Raises Malformed, and TooLarge."""
    return list(_selectors(tree(text)))


def never_yields(text: str, exists: Callable[[Selector], bool]) -> bool:
    """Whether an expression stays empty for want of series, `exists` telling of each selector.

    What `unless`, `or` and `absent` do without is not wanted. Raises Malformed, and TooLarge.
    """
    return not _yields(tree(text), exists)


def _yields(node: promql.Expr, exists: Callable[[Selector], bool]) -> bool:
    if isinstance(node, promql.VectorSelector):
        return exists(_selector(node))
    if isinstance(node, promql.Call) and node.func.name in _NEVER_EMPTY:
        return True
    if isinstance(node, promql.BinaryExpr):
        left, right = (_yields(side, exists) for side in (node.lhs, node.rhs))
        sign = str(node.op)
        if sign == "unless":
            return left
        return left or right if sign == "or" else left and right
    return all(_yields(child, exists) for child in _children(node))


def _selectors(node: promql.Expr) -> Iterator[Selector]:
    if isinstance(node, promql.VectorSelector):
        yield _selector(node)
    for child in _children(node):
        yield from _selectors(child)


def _children(node: promql.Expr) -> list[promql.Expr]:
    if isinstance(node, promql.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql.AggregateExpr):
        return [node.expr]
    if isinstance(node, promql.Call):
        return list(node.args)
    if isinstance(node, promql.MatrixSelector):
        return [node.vector_selector]
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return [node.expr]
    return []


def _selector(node: promql.VectorSelector) -> Selector:
    matchers = tuple(
        LabelMatcher(m.name, next(sign for op, sign in _SIGNS if op == m.op), m.value)
        for m in sorted(node.matchers.matchers, key=operator.attrgetter("name"))
    )
    named = next((m.value for m in matchers if m.label == "__name__" and m.sign == "="), None)
    return Selector(node.name or named, tuple(m for m in matchers if m.label != "__name__"))
