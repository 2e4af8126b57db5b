"""Whether a condition holds in production, by its text."""

from __future__ import annotations

import pytest

from auditor.code.lexical.conditions import by_default, conditions, holds, in_production
from auditor.code.parsing import parse

DEFAULTS = {"json_logs": "True", "log_format": '"json"', "pretty_logs": "False", "fancy": "False"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("settings.environment == 'production'", True),
        ("process.env.NODE_ENV !== 'production'", False),
        ('cfg.Env == "prod" || other', True),
        ("ENV in ('prod', 'staging')", True),
        ("ENV not in ('prod', 'staging')", False),
        ("settings.DEBUG", False),
        ("not settings.debug", True),
        ("!isDev", True),
        ("settings.debug is False", True),
        ("sys.stderr.isatty()", False),
        ("json_logs", True),
        ("settings.log_format == 'json'", True),
        ("settings.log_format == 'text'", None),
        ("fancy", None),
        ("who_knows", None),
        ("ENV != 'local' and json_logs", True),
        ("ENV != 'local' and who_knows", None),
        ("product == 'x'", None),
        ("(a or b", None),
        ("x" * 10_000, None),
    ],
)
def test_a_condition_by_its_text(text: str, expected: bool | None) -> None:
    assert holds(text, DEFAULTS.get) is expected


def test_a_default_says_yes_and_only_by_default_no() -> None:
    assert in_production([("fancy", True)], DEFAULTS.get) is None
    assert by_default([("fancy", True)], DEFAULTS.get) is False
    assert by_default([("fancy", False)], DEFAULTS.get) is True


@pytest.mark.parametrize(
    ("text", "grammar", "expected"),
    [
        ("if a:\n    HERE()\n", "python", [("a", True)]),
        ("if a:\n    x()\nelif b:\n    HERE()\n", "python", [("b", True), ("a", False)]),
        ("if a:\n    x()\nelif b:\n    y()\nelse:\n    HERE()\n", "python", [("a", False), ("b", False)]),
        ("x = HERE() if a else C()\n", "python", [("a", True)]),
        ("x = C() if a else HERE()\n", "python", [("a", False)]),
        ("if a:\n    def f():\n        HERE()\n", "python", []),
        ("class Development(Config):\n    X = HERE()\n", "python", [("production", False)]),
        ("if (a) { x() } else { HERE() }", "typescript", [("a", False)]),
        ("const x = a ? HERE() : c();", "typescript", [("a", True)]),
        ("const x = a && HERE();", "typescript", [("a", True)]),
        ('switch (e) { case "j": HERE(); }', "typescript", [('e == "j"', True)]),
        ('package a\nfunc f() { if a == "p" { x() } else { HERE() } }', "go", [('a == "p"', False)]),
        ('package a\nfunc f() { switch e { case "j": HERE() } }', "go", [('e == "j"', True)]),
    ],
)  # fmt: skip
def test_the_conditions_around_a_call(
    text: str, grammar: str, expected: list[tuple[str, bool]]
) -> None:
    kind = "call" if grammar == "python" else "call_expression"
    calls = [n for n in parse(text, grammar).find_all(kind=kind) if n.text() == "HERE()"]
    assert conditions(calls[0]) == expected
