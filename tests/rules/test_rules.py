"""Each rule about evidence, in a repository that would fool a naive check and in its honest twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.model.verdict import Verdict
from tests.rules import claims, deployed, gates, places, tools, wired
from tests.rules.world import Pair, audited, facts_of, verdict_of

PAIRS = [
    *places.PAIRS, *wired.PAIRS, *deployed.PAIRS, *gates.PAIRS, *tools.PAIRS, *claims.PAIRS,
]  # fmt: skip


def test_every_rule_has_a_pair() -> None:
    assert sorted({pair.rule for pair in PAIRS}) == list(range(1, 33))


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_trap_does_not_pass_and_says_why(pair: Pair, tmp_path: Path) -> None:
    done = audited(tmp_path / "trap", pair, pair.trap, pair.made_trap)
    verdict = verdict_of(done, pair.item)
    said = " ".join([*(r.text for r in verdict.reasons), *places_of(verdict)])
    assert verdict.outcome is pair.outcome, said
    assert pair.words in said
    if pair.fact is not None:
        assert [f.value for f in facts_of(done, pair.fact[0])] == told(pair.fact[1])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_twin_passes(pair: Pair, tmp_path: Path) -> None:
    done = audited(tmp_path / "twin", pair, pair.twin, pair.made_twin)
    verdict = verdict_of(done, pair.item)
    if pair.fact is not None:
        assert [f.value for f in facts_of(done, pair.fact[0])] == told(pair.fact[2])
    else:
        assert verdict.outcome is pair.good, " ".join(r.text for r in verdict.reasons)


def test_nothing_of_the_target_ran(tmp_path: Path) -> None:
    (pair,) = (pair for pair in PAIRS if pair.rule == 24)
    audited(tmp_path / "trap", replace(pair, only=("*",)), pair.trap, {})
    assert not (tmp_path / "trap" / "ran.txt").exists()


def places_of(verdict: Verdict) -> Iterator[str]:
    """Where the reasons of a verdict were seen, as path:line."""
    for reason in verdict.reasons:
        yield from (f"{p.path}:{p.line}" for p in reason.locations)


def told(value: object) -> list[object]:
    """The values of one fact, of none where nothing is told."""
    return [] if value is None else [value]
