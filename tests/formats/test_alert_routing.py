"""Where routes lead an alert whose labels are known in part, and matchers that are safe to try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring import label_matcher
from auditor.formats.monitoring.alert_routing import ways
from auditor.formats.monitoring.alertmanager_config import read
from auditor.formats.monitoring.label_matcher import LabelMatcher
from auditor.formats.text.errors import Malformed
from tests.clocks import at_most


def led(routes: str, **labels: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The receivers that are sure and those that are possible, below a root receiver `root`."""
    names = ", ".join(f"{{name: {n}}}" for n in ("root", "a", "b", "c"))
    config = read(f"route:\n  receiver: root\n  routes: [{routes}]\nreceivers: [{names}]\n")
    assert config.route is not None
    found = ways(config.route, labels)
    return found.sure, found.possible


A = "{receiver: a, matchers: ['severity=critical']}"
B = "{receiver: b, matchers: ['team=~\"x|y\"']}"


@pytest.mark.parametrize(
    ("routes", "labels", "sure", "possible"),
    [
        ("", {}, ("root",), ()),
        (A, {"severity": "critical"}, ("a",), ()),
        (A, {"severity": "warning"}, ("root",), ()),
        (A, {"severity": ""}, ("root",), ()),
        (A, {}, ("root",), ("a",)),
        (f"{B}, {A}", {"severity": "critical"}, ("a",), ("b",)),
        (f"{A}, {B}", {"severity": "critical", "team": "x"}, ("a",), ()),
        (f"{A.replace('}', ', continue: true}')}, {B}", {"severity": "critical", "team": "x"}, ("a", "b"), ()),
        (f"{A.replace('}', ', continue: true}')}, {B}", {"severity": "critical", "team": "z"}, ("a",), ()),
        (A.replace("}", f", routes: [{B}]}}"), {"severity": "critical", "team": "y"}, ("b",), ()),
        (A.replace("}", f", routes: [{B}]}}"), {"severity": "critical", "team": "z"}, ("a",), ()),
        ("{receiver: a, match: {severity: critical}}", {"severity": "critical"}, ("a",), ()),
        ("{matchers: ['severity=critical']}", {"severity": "critical"}, ("root",), ()),
    ],
)  # fmt: skip
def test_the_first_route_that_matches_leads(
    routes: str, labels: dict[str, str], sure: tuple[str, ...], possible: tuple[str, ...]
) -> None:
    assert led(routes, **labels) == (sure, possible)


@pytest.mark.parametrize(
    ("text", "given", "answer"),
    [
        ('a="x"', "x", True), ('a!="x"', "x", False), ("a = x", "x", True), ('{a=~"x|y"}', "y", True),
        ('a=~"x"', "xy", False), ('a!~"x.*"', "xy", False), ('a="q\\"q"', 'q"q', True),
        ('a=~"[xy]"', "x", None), ('a=~"(?i)x"', "X", None),
    ],
)  # fmt: skip
def test_matchers_are_anchored_and_what_is_not_plain_stays_undecided(
    text: str, given: str, answer: bool | None
) -> None:
    (matcher,) = label_matcher.read(text)
    assert matcher.matches({"a": given}) is answer
    assert matcher.matches({}) is None


@pytest.mark.parametrize("text", ["a", "=x", 'a="x" b="y"', '{a="x"'])
def test_what_is_no_matcher_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        label_matcher.read(text)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "a*a*a*a*a*a*b", "(a*)*", ".*" * 40])
def test_an_exponential_pattern_takes_no_time(pattern: str) -> None:
    with at_most(1):
        LabelMatcher("l", "=~", pattern).matches({"l": "a" * 400})


@given(st.text(max_size=60))
def test_any_text_is_read_or_malformed(text: str) -> None:
    try:
        found = label_matcher.read(text)
    except Malformed:
        return
    assert all(matcher.matches({}) is None for matcher in found)
