"""The comment of a gate: its first line finds it again, and whatever it quotes stays harmless."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.gate import Gate, GateBase
from auditor.model.report import Report
from auditor.report.comment import LONGEST, marker, render

from .sample import HOSTILE, report

BASE = GateBase("audit", "main", "c" * 40)


def gated(sample: Report, notes: tuple[str, ...] = ()) -> Report:
    return replace(sample, gate=Gate(met=True, undecided=False, base=BASE, notes=notes))


def test_it_holds_the_answer_the_score_and_the_base(sample: Report) -> None:
    text = render(gated(sample))
    assert text.startswith(marker(sample) + "\n## ✅")
    assert "GATE MET" in text
    assert "% proven" in text
    assert "Compared with an audit of the merge base" in text


def test_without_a_gate_it_tells_the_state_alone(sample: Report) -> None:
    text = render(sample)
    assert "Compared with" not in text
    assert "% proven" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_ends_no_remark_and_makes_no_markup(hostile: str) -> None:
    made = gated(report(hostile), notes=(hostile,))
    first, *rest = render(made).split("\n")
    assert first == marker(made)
    assert first.startswith("<!-- auditor gate: ")
    assert first.count("--") == 2
    assert first.endswith(" -->")
    assert "<script" not in "\n".join(rest)


def test_two_services_have_two_marks(sample: Report) -> None:
    other = replace(sample, target=replace(sample.target, service="billing"))
    assert marker(other) != marker(sample)


def test_a_comment_that_would_be_refused_is_cut_where_it_matters_least(sample: Report) -> None:
    long = tuple(f"note {n} " + "x" * 290 for n in range(30))
    made = gated(sample, notes=long)
    changes = Gate(met=True, undecided=False, base=BASE, notes=long, tighten=long * 10)
    for one in (made, replace(sample, gate=changes)):
        assert len(render(one)) <= LONGEST
