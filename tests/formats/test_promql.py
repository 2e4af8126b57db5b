"""PromQL: what an expression names and compares; nothing deep reaches the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring.promql import Comparison, parse
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from tests.clocks import at_most


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("up == 0", {"up"}),
        ('{__name__="up"} == 0', {"up"}),
        ("sum by (job) (rate(a_total[5m])) / on (job) b > 0.5", {"a_total", "b"}),
        ("topk(scalar(limit), a)", {"limit", "a"}),
        ("max_over_time(rate(a[5m])[1h:1m]) and b offset 1d unless c @ end()", {"a", "b", "c"}),
        ("-a", {"a"}),
        ("vector(1)", set()),
    ],
)
def test_the_metrics_that_an_expression_names_are_listed(text: str, metrics: set[str]) -> None:
    expression = parse(text)
    assert expression.metrics == metrics
    assert not expression.any_metric


@pytest.mark.parametrize(
    "text", ['{__name__=~"a|b"} > 1', '{job="x"} > 1', '{__name__!="a",b="c"} > 1']
)
def test_a_selector_without_a_plain_name_is_said_to_be_so(text: str) -> None:
    assert parse(text).any_metric


@pytest.mark.parametrize(
    ("text", "comparisons"),
    [
        ("up == 0", [("==", 0.0)]),
        ("1 < x", [("<", 1.0)]),
        ("x > -1", [(">", -1.0)]),
        ("x >= (14.4 * (1 - 0.5))", [(">=", 7.2)]),
        ("x != vector(3)", [("!=", 3.0)]),
        ("x > 2 ^ 3 % 5", [(">", 3.0)]),
        ("x > 1 / 0", [(">", None)]),
        ("x > NaN", [(">", None)]),
        ("time() - x > 60", [(">", 60.0)]),
        ("x > y * .8", [(">", None)]),
        ("count(x > 1) > 5", [(">", 5.0), (">", 1.0)]),
        ("x > bool 1", []),
        ("(x > bool 1) == 1", [("==", 1.0)]),
        ("absent(x)", []),
        ("x and y", []),
    ],
)
def test_filters_are_listed_with_their_number(
    text: str, comparisons: list[tuple[str, float | None]]
) -> None:
    found = parse(text)
    assert found.comparisons == tuple(Comparison(*pair) for pair in comparisons)
    assert found.compares == bool(comparisons)
    assert found.has_threshold == any(number is not None for _, number in comparisons)


def test_absent_is_noticed_anywhere() -> None:
    assert parse("absent(x)").uses_absent
    assert parse("absent_over_time(x[5m]) or y == 0").uses_absent
    assert not parse('x{a="absent(y)"}').uses_absent


@pytest.mark.parametrize("text", ["1", "vector(1)", "(1 + 2)", "x > 1 or vector(0)", "1 == bool 1"])
def test_an_expression_that_needs_no_series_is_constant(text: str) -> None:
    assert parse(text).constant


@pytest.mark.parametrize(
    "text", ["x", "time()", "x > 1 and vector(1)", "x or y", "time() > bool 3"]
)
def test_an_expression_over_series_or_the_clock_is_not(text: str) -> None:
    assert not parse(text).constant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no expression"),
        ("sum(x) /", "not valid PromQL"),
        ("rate(x)", "expected type matrix"),
        ('x{a="b"', "end of input"),
        ("$x > 1", "unexpected character"),
        ("nosuch(x)", "not valid PromQL"),
        ("x[5m] > 1", "scalar and instant vector"),
        ("{{ $value }} > 1", "not valid PromQL"),
    ],
)
def test_broken_expressions_are_malformed_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "-" * 20_000 + "x",
        "x" + "+x" * 20_000,
        "x or " * 9_000 + "x",
        "abs(" * 5_000,
        "x" + "[5m:1m]" * 5_000,
        "x " * 30_000,
        "x" + "^x" * 9_000,
        "x" + " unless x" * 500,
        "x" + "==x" * 500,
        "# it's\n" + "(" * 5_000,
        '"' + "(" * 5_000,
        "`" + "(" * 5_000,
    ],
)
def test_deep_or_endless_expressions_never_reach_the_parser_that_would_crash(text: str) -> None:
    with at_most(1), pytest.raises(FormatError):
        parse(text)


def test_a_large_but_real_expression_is_read() -> None:
    text = " or ".join(f'rate(errors_total{{job="a-{n}"}}[5m]) > 0.{n}' for n in range(1, 50))
    assert len(parse(text).comparisons) == 49


def test_long_lists_of_labels_are_not_depth() -> None:
    labels = ",".join(f"l{number}" for number in range(5_000))
    assert parse(f"sum by ({labels}) (x)").metrics == {"x"}
    assert parse("x{" + ",".join(f'l{n}="-(-"' for n in range(2_000)) + "}").metrics == {"x"}


def test_what_passes_a_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match="operations"):
        parse("x" + "+x" * 301)
    with pytest.raises(TooLarge, match="longer"):
        parse("x" * 50_001)


@given(st.text("xy(){}[]+-*/<>=!\"'`#, 015m\\\nandorby", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = parse(text)
    except (Malformed, TooLarge):
        return
    assert expression.has_threshold <= expression.compares
