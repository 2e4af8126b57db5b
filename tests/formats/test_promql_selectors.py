"""Which series an expression selects, and whether it yields anything without some of them."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring.promql_selectors import never_yields, selectors
from auditor.formats.text.errors import FormatError


def test_selectors_are_named_with_their_matchers() -> None:
    first, second = selectors('sum(rate(a{job="x", le=~"b"}[5m])) / {__name__="c", d!="e"} > 1')
    assert (first.metric, [str(m) for m in first.matchers]) == ("a", ['job="x"', 'le=~"b"'])
    assert (second.metric, [str(m) for m in second.matchers]) == ("c", ['d!="e"'])
    assert (first.equal_to("job"), first.equal_to("le")) == ("x", None)


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("b > 1", True), ("a > 1", False), ("a / b", True), ("a and b", True), ("a or b", False),
        ("b or b", True), ("a unless b", False), ("b unless a", True), ("absent(b)", False),
        ("vector(1)", False), ("1 - (b or vector(0))", False), ("sum by (x) (rate(b[5m])) > 1", True),
        ("max_over_time(b[1h:5m])", True), ("-b", True), ("topk(3, b)", True), ("a > scalar(b)", False),
        ("hour() > 7 and a", False),
    ],
)  # fmt: skip
def test_an_expression_needs_what_both_sides_need(text: str, never: bool) -> None:
    assert never_yields(text, lambda selector: selector.metric == "a") is never


@pytest.mark.parametrize("text", ["", "a >", "(" * 5000, "a + " * 400 + "a"])
def test_what_cannot_be_read_is_an_error_of_the_format(text: str) -> None:
    with pytest.raises(FormatError):
        selectors(text)
