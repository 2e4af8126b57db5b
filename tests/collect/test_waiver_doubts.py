"""Waivers in force that a reader should doubt: too long, about to end, approved by who wrote them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from auditor.collect.target import find_target
from auditor.collect.waiver_doubts import doubts
from auditor.model.verdict import Waiver
from tests.repositories import Repository

FILE = "readiness/waivers.yaml"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = """\
# promises
- item: code.secrets
  owner: {owner}
  approver: {approver}
  reason: No time before the fair.
  expires: {expires}
"""


def said(repository: Repository, days: float, approver: str = "lee@x.invalid") -> list[str]:
    """The doubts about one committed waiver that ends in so many days."""
    ends = (NOW + timedelta(days=days)).isoformat()
    repository.write(FILE, ENTRY.format(owner="dana@x.invalid", approver=approver, expires=ends))
    repository.git("add", "-A")
    repository.commit()
    waiver = Waiver("code.secrets", "dana@x.invalid", approver, "No time.", ends)
    return list(doubts(find_target(repository.root), FILE, [waiver], NOW))


def author(repository: Repository) -> str:
    return repository.git("log", "-1", "--format=%ae").strip()


def test_a_waiver_of_some_weeks_that_another_approved_is_not_doubted(
    repository: Repository,
) -> None:
    assert said(repository, 60) == []


def test_one_that_runs_too_long_is_named_with_its_place_and_the_command(
    repository: Repository,
) -> None:
    (one,) = said(repository, 400)
    assert one.startswith(f"{FILE}:2: the waiver of code.secrets runs until 2027-04-05")
    assert "auditor waive code.secrets --renew --expires 90d" in one


def test_one_that_is_about_to_end_is_told_early(repository: Repository) -> None:
    (one,) = said(repository, 10)
    assert "ends at 2026-03-11 12:00 UTC" in one


def test_one_that_has_ended_is_the_business_of_the_tally(repository: Repository) -> None:
    assert said(repository, -1) == []


@pytest.mark.parametrize("upper", [False, True])
def test_false_green_an_approver_who_committed_the_waiver_has_approved_nothing(
    repository: Repository, upper: bool
) -> None:
    said(repository, 60)
    who = author(repository)
    (one,) = said(repository, 60, who.upper() if upper else who)
    assert "was committed by its approver" in one


def test_what_is_not_committed_has_no_author_yet(repository: Repository) -> None:
    said(repository, 60)
    who = author(repository)
    ends = (NOW + timedelta(days=60)).isoformat()
    repository.write(FILE, ENTRY.format(owner="dana", approver=who, expires=ends))
    waiver = Waiver("code.secrets", "dana", who, "No time.", ends)
    assert list(doubts(find_target(repository.root), FILE, [waiver], NOW)) == []
