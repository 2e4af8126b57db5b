"""Scopes are told from spans, and lines that only speak are known."""

from __future__ import annotations

import pytest

from auditor.code.scan_scopes import Scopes, is_cleanup, is_log


def test_names_around_a_place_go_from_outer_to_inner() -> None:
    scopes = Scopes([(0, 100, "A"), (10, 50, "f"), (60, 90, "g"), (20, 30, "h")])
    assert scopes.around(25) == "A.f.h"
    assert scopes.around(40) == "A.f"
    assert scopes.around(70) == "A.g"
    assert scopes.around(60, itself=False) == "A"
    assert scopes.around(100) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("logger.warning('x')", True), ("log.Printf(x)", True), ("console.error(e)", True), ("print(x)", True),
        ("self.logger.exception(e)", True), ("sentry_sdk.capture_exception(e)", True), ("login(x)", False),
        ("catalog.add(x)", False), ("retry()", False),
    ],
)  # fmt: skip
def test_a_statement_that_only_speaks(text: str, expected: bool) -> None:
    assert is_log(text) is expected


def test_an_end_may_fail() -> None:
    assert is_cleanup("conn.close")
    assert not is_cleanup("session.send")
