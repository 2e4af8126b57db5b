"""The ladder of evidence, E0 to E5."""

from __future__ import annotations

import pytest

from auditor.model.level import Level, at_most, strongest, weakest

LADDER = ["claimed", "declared", "effective", "reported", "observed", "verified"]


def test_the_ladder_has_six_rungs_in_order() -> None:
    assert [level.value for level in sorted(Level, key=lambda level: level.rank)] == LADDER
    assert [level.rank for level in Level] == [0, 1, 2, 3, 4, 5]


def test_a_chain_is_as_strong_as_its_weakest_part() -> None:
    some = [Level.OBSERVED, Level.DECLARED, Level.REPORTED]
    assert (weakest(some), strongest(some)) == (Level.DECLARED, Level.OBSERVED)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("cap", list(Level))
def test_a_cap_lowers_and_never_raises(level: Level, cap: Level) -> None:
    assert at_most(level, cap).rank == min(level.rank, cap.rank)
