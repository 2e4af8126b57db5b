"""The pages of the history: they fit, they say since when, and no name of a target is obeyed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from auditor.model.history import (
    OpenSince,
    PartScore,
    Pruned,
    Run,
    RunRecord,
    ServiceKey,
    ServiceState,
)
from auditor.model.item import Severity
from auditor.model.verdict import Outcome, Score
from auditor.report import history_json, history_text
from auditor.report import history_words as words
from auditor.report.history_text import Screen
from tests.report.sample import HOSTILE
from tests.store.history_world import item, stored

SCREEN = Screen()
SCORE = Score(Fraction(79_999, 100_000), Fraction(9, 10), Fraction(1))


def run(number: int = 3, **about: object) -> Run:
    """A run with an exact score just below 80 %."""
    made = stored(number)
    return replace(made, head=replace(made.head, score=SCORE, **about))  # type: ignore[arg-type]


def state(one: Run, longest: OpenSince | None = None) -> ServiceState:
    return ServiceState(one, 7, (Fraction(1, 4), SCORE.proven), longest)


def opened(outcome: Outcome = Outcome.FAIL, before: Run | None = None) -> OpenSince:
    return OpenSince(item("code.secrets", outcome), run(2), before)


def test_false_green_a_score_below_the_goal_is_never_shown_as_the_goal() -> None:
    page = history_text.services([state(run())], SCREEN)
    assert "79.9 %" in page
    assert "80" not in page
    made = json.loads(history_json.services([state(run())]))["services"][0]
    assert made["newest"]["score"]["proven"] == 79.999
    assert made["newest"]["score"]["exact"]["proven"] == "79999/100000"
    assert made["proven"] == [25.0, 79.999]


def test_the_list_says_since_when_the_oldest_blocker_is_open() -> None:
    page = history_text.services([state(run(), opened())], SCREEN)
    assert "1 since 2026-01-03" in page
    assert "0 of 1 service ready, 7 runs stored." in page


def test_services_of_one_name_are_listed_in_full() -> None:
    other = replace(run(4), service=ServiceKey("orders", "git.example.net/else/orders"))
    page = history_text.services([state(run()), state(other)], Screen(120))
    assert "orders@git.example.net/else/orders" in page
    assert "orders@git.example.net/shop/orders:services/orders" in page


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (opened(before=run(1)), "failing since 2026-01-03 ({2}, run 2), settled last on 2026-01-02 ({1}, run 1)"),
        (opened(), "failing at least since 2026-01-03 ({2}, run 2)"),
        (opened(Outcome.UNKNOWN), "not known at least since 2026-01-03 ({2}, run 2)"),
    ],
)  # fmt: skip
def test_since_is_a_sentence_that_says_no_more_than_is_known(found: OpenSince, said: str) -> None:
    commits = {str(n): words.commit(run(n)) for n in (1, 2)}
    for number, commit in commits.items():
        said = said.replace(f"{{{number}}}", commit)
    assert words.since(found) == said


def test_a_run_shows_all_blockers_and_the_first_of_the_others() -> None:
    since = [
        OpenSince(item(f"{severity.value}{n}", Outcome.FAIL, severity), run(2), None)
        for severity in (Severity.BLOCKER, Severity.NICE)
        for n in range(15)
    ]
    part = PartScore("core", "1", "Core", Fraction(20), True, SCORE)
    away = replace(part, id="web", number="2", title="Web", applicable=False)
    record = RunRecord(run().service, run().head, tuple(s.item for s in since), (part, away), ())
    page = history_text.run(run(), record, since, SCREEN, whole=False)
    assert page.count("Title of blocker") == 15
    assert page.count("Title of nice") == 12
    assert "3 more: --all" in page
    assert "does not apply" in page
    assert history_text.run(run(), record, since, SCREEN, whole=True).count("Title of nice") == 15


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_shown_and_never_obeyed(hostile: str) -> None:
    one = run(commit=hostile, ref=hostile, deployment=hostile, checklist=hostile, level=hostile)
    one = replace(one, service=ServiceKey(hostile, hostile, hostile))
    bad = replace(item(hostile, Outcome.FAIL), number=hostile, title=hostile, pending=hostile)
    since = OpenSince(bad, one, one)
    part = PartScore(hostile, hostile, hostile, Fraction(1), True, SCORE)
    record = RunRecord(one.service, one.head, (bad,), (part,), ())
    pages = [
        history_text.services([state(one, since), state(one)], SCREEN),
        history_text.runs([one], 2, SCREEN),
        history_text.run(one, record, [since], SCREEN, whole=True),
        history_text.pruned(Pruned((one,), 1, 2), SCREEN, really=True),
        history_json.services([state(one, since)]),
        history_json.runs([one]),
        history_json.run(one, record, [since]),
    ]
    for page in pages:
        assert page.replace("\n", "").isprintable()
        assert page.encode()
    for page in pages[:4]:
        assert max(map(len, page.splitlines())) <= 80
    for page in pages[4:]:
        assert json.loads(page)["schema_version"] == "1"


def test_colour_changes_nothing_but_colour() -> None:
    plain = history_text.runs([run()], 0, SCREEN)
    coloured = history_text.runs([run()], 0, Screen(colour=True))
    assert "\x1b[31m" in coloured
    assert "\x1b" not in plain
