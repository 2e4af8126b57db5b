"""Workflows as GitHub would read them, and those that it would refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.ci import github_workflow
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_run import starts, tolerated
from auditor.formats.shell.makefile import Makefile
from auditor.formats.text.errors import FormatError, Malformed

JOBS = "jobs: {a: {runs-on: x, steps: [{run: pytest}]}}\n"


@pytest.mark.parametrize(
    ("on", "events"),
    [
        ("push", ["push"]),
        ("[push, pull_request]", ["push", "pull_request"]),
        ("{push: {branches: [main]}, pull_request: null}", ["push", "pull_request"]),
    ],
)
def test_triggers_come_in_three_forms(on: str, events: list[str]) -> None:
    assert [t.event for t in github_workflow.read(f"on: {on}\n{JOBS}").triggers] == events


def test_filters_may_be_one_word_or_a_list() -> None:
    text = (
        f"on: {{push: {{branches: main, tags: [v*]}}, pull_request: {{paths: ['a/**']}}}}\n{JOBS}"
    )
    push, review = github_workflow.read(text).triggers
    assert (push.branches, push.tags, review.paths) == (("main",), ("v*",), ("a/**",))


def test_a_script_stands_on_the_line_below_its_bar_and_inherits_the_defaults() -> None:
    text = (
        "on: push\ndefaults: {run: {shell: bash}}\njobs:\n  a:\n    runs-on: x\n"
        "    defaults: {run: {working-directory: web}}\n    steps:\n      - run: |\n          pytest\n"
        "      - run: ls\n        shell: sh\n"
    )
    first, second = github_workflow.read(text).jobs[0].steps
    assert (first.line, first.shell, first.working_directory) == (9, "bash", "web")
    assert (second.line, second.shell) == (10, "sh")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mapping"),
        ("on: push\n", "jobs"),
        ("on: push\njobs: {}\n", "no jobs"),
        (JOBS, "no `on`"),
        (f"on: pull-request\n{JOBS}", "no event"),
        (f"on: []\n{JOBS}", "no event"),
        ("on: push\njobs: {a: {runs-on: x}}\n", "no steps"),
        ("on: push\njobs: {a: {runs-on: x, steps: []}}\n", "no steps"),
        ("on: push\njobs: {a: {steps: [{run: ls}]}}\n", "runs-on"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{name: hi}]}}\n", "either `run` or `uses`"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{run: ls, uses: b}]}}\n", "not both"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{runs: ls}]}}\n", "no key of a step"),
        ("on: push\njobs: {a: {runs-on: x, needs: b, steps: [{run: ls}]}}\n", "no job here"),
        ("on: push\njobs: {a: {runs-on: x, needs: a, steps: [{run: ls}]}}\n", "waits for itself"),
        ("on: push\njobs:\n\ta: 1\n", "tab"),
    ],
)
def test_what_github_would_refuse_is_malformed(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        github_workflow.read(text)


@given(st.text(max_size=80))
def test_nothing_else_is_raised(text: str) -> None:
    for given_text in (text, f"on: push\njobs: {text}"):
        try:
            found = github_workflow.read(given_text)
        except FormatError:
            continue
        assert found.jobs


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        (None, "push", True),
        ("false", None, False),
        ("${{ false }}", None, False),
        ("${{ false && always() }}", "push", False),
        ("always()", None, True),
        ("failure()", "push", False),
        ("failure()", None, None),
        ("!cancelled()", "push", True),
        ("github.event_name == 'schedule'", "push", False),
        ("github.event_name != 'pull_request' || true", "pull_request", True),
        ("github.event_name == 'push' && github.ref == 'refs/heads/main'", "push", None),
        ("(github.event_name == 'push') && vars.X", "pull_request", False),
        ("contains(github.event.labels, 'x')", "pull_request", None),
        ("a ==", "push", None),
        ("(" * 400 + "true", "push", None),
    ],
)
def test_a_condition_is_known_only_where_the_text_decides_it(
    condition: str | None, event: str | None, expected: bool | None
) -> None:
    assert holds(condition, event) is expected


@given(st.text(alphabet="ab()!&|='[],. 1", max_size=40))
def test_no_condition_is_refused(condition: str) -> None:
    assert holds(condition, "push") in (True, False, None)


def test_labels_alone_do_not_check_changes() -> None:
    text = f"on: {{pull_request: {{types: [labeled]}}, pull_request_target: null}}\n{JOBS}"
    assert [starts(t) for t in github_workflow.read(text).triggers] == [False, True]


def test_a_matrix_decides_whether_failures_are_tolerated() -> None:
    text = "on: push\njobs: {a: {runs-on: x, strategy: {matrix: {e: [%s]}}, steps: [{run: ls}]}}\n"
    some, every = (
        github_workflow.read(text % values).jobs[0] for values in ("true, false", "true")
    )
    assert tolerated("${{ matrix.e }}", some, frozenset({"push"})) == ""
    assert tolerated("${{ matrix.e }}", every, frozenset({"push"})) != ""


def test_a_make_target_runs_what_it_needs_with_its_variables() -> None:
    makefile = Makefile("BIN := .venv/bin\ntest: unit\n\t-@echo $$HOME\nunit:\n\t$(BIN)/pytest\n")
    assert list(makefile.recipe(["test"])) == [("echo $HOME", True), (".venv/bin/pytest", False)]
