"""What the text of an `if:` decides by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.ci.github_condition import holds


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ("", True),
        ("true", True),
        ("false", False),
        ("${{ false }}", False),
        ("${{ true && !false }}", True),
        ("''", False),
        ("0", False),
        ("'text'", True),
        ("always()", True),
        ("success()", True),
        ("failure()", False),
        ("cancelled()", False),
        ("!cancelled()", True),
        ("failure() && matrix.x", False),
        ("always() || matrix.x", True),
        ("matrix.x", None),
        ("matrix.x == 'y'", None),
        ("vars.RUN == 'true'", None),
        ("github.event_name == 'pull_request'", True),
        ("github.event_name != 'pull_request'", False),
        ("github.event_name == 'PULL_REQUEST'", True),
        ("github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'", False),
        ("(github.event_name == 'push' || matrix.x) && true", None),
        ("github.ref == 'refs/heads/main'", False),
        ("startsWith(github.ref, 'refs/tags/')", False),
        ("contains(github.ref, 'pull')", True),
        ("endsWith(github.ref, '/merge')", True),
        ("contains(github.event.head_commit.message, '[ci]')", None),
        ("github.actor != 'dependabot[bot]'", None),
        ("fromJSON(needs.a.outputs.b)[0] == 'x'", None),
        ("github.event.pull_request.labels.*.name", None),
        ("'it''s' == 'it''s'", True),
        ("${{ false }} && true", None),
        ("a ${{ b }}", None),
        ("((", None),
        ("true true", None),
        ("1 < 2", None),
    ],
)
def test_in_a_pull_request_where_nothing_has_failed(
    condition: str | None, expected: bool | None
) -> None:
    assert holds(condition, "pull_request") is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("github.event_name == 'push'", True),
        ("github.ref == 'refs/heads/main'", None),
        ("startsWith(github.ref, 'refs/tags/')", None),
        ("github.head_ref != ''", False),
    ],
)
def test_in_a_push_the_branch_is_not_known(condition: str, expected: bool | None) -> None:
    assert holds(condition, "push") is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("false", False), ("always()", True), ("failure()", None), ("github.event_name == 'a'", None)],
)
def test_without_an_event_only_what_always_holds_is_known(
    condition: str, expected: bool | None
) -> None:
    assert holds(condition, None) is expected


def test_deep_and_long_conditions_are_not_known() -> None:
    assert holds("(" * 200 + "true" + ")" * 200, "push") is None
    assert holds("!" * 5_000 + "true", "push") is None
    assert holds("true || " * 2_000 + "true", "push") is None


PIECES = st.sampled_from(
    ["true", "false", "!", "(", ")", "&&", "||", "==", "'a'", "github.ref", "always()", "[", "]",
     "contains(", "${{", "}}", "x.*", "1", "'", ","]
)  # fmt: skip


@given(st.lists(PIECES, max_size=20).map(" ".join), st.sampled_from(["push", "pull_request", None]))
def test_no_text_is_refused(condition: str, event: str | None) -> None:
    assert holds(condition, event) in (True, False, None)
