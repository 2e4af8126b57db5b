"""The index of facts: what counts, who owes what, and why something is missing."""

from __future__ import annotations

import pytest

from auditor.evaluate.facts import Facts
from auditor.model.evidence import Problem, ProblemKind, Status
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from tests.evaluate.worlds import NOW, answer, fact, probe_spec, seen

NUMBER = FactSpec("n", FactType.NUMBER, "N.")
OTHER = FactSpec("m", FactType.NUMBER, "M.")


def index(*evidence: object) -> Facts:
    return Facts(evidence, [probe_spec("p", NUMBER, OTHER)], NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [Status.FAILED, Status.SKIPPED])
def test_false_green_what_a_probe_saw_before_it_broke_does_not_count(status: Status) -> None:
    facts = index(answer("p", fact("n", 1), status=status))
    assert facts.of("n") == []
    assert not facts.answered("n")


def test_a_fact_counts_only_from_the_probe_that_owes_it() -> None:
    facts = index(answer("p"), answer("stranger", fact("n", 1)))
    assert facts.of("n") == []
    assert facts.answered("n"), "its owner looked"


def test_a_fact_that_nobody_promised_does_not_count() -> None:
    facts = index(answer("p", fact("audit.open_blockers", 0)))
    assert facts.of("audit.open_blockers") == []


def test_facts_come_strongest_first_in_an_order_that_never_varies() -> None:
    made = [
        fact("n", 2, Level.DECLARED),
        fact("n", 1, Level.OBSERVED, where="b"),
        fact("n", 3, Level.OBSERVED, where="a"),
    ]
    wanted = [made[2], made[1], made[0]]
    assert index(answer("p", *made)).of("n") == wanted
    assert index(answer("p", *reversed(made))).of("n") == wanted


def test_a_value_of_another_type_makes_the_whole_fact_unknown() -> None:
    facts = index(answer("p", fact("n", 0), fact("n", "many"), fact("m", 1)))
    assert facts.of("n") == []
    assert facts.missing("n").text == "the probe p gave a value for n that is no number"
    assert facts.missing("n").kind == "malformed"
    assert len(facts.of("m")) == 1


def test_derived_facts_stand_in_the_place_of_what_a_probe_says_of_the_audit() -> None:
    spec = FactSpec("audit.proven", FactType.NUMBER, "Proven score", "%")
    claimed = answer("p", fact("audit.proven", 100, Level.VERIFIED))
    facts = Facts([claimed], [probe_spec("p", spec)], NOW)
    assert [f.value for f in facts.of("audit.proven")] == [100]
    more = facts.add([fact("audit.proven", 12, Level.OBSERVED)], [spec])
    assert [f.value for f in more.of("audit.proven")] == [12]


class TestMissing:
    def test_no_probe_can_tell(self) -> None:
        gap = index().missing("x")
        assert (gap.text, gap.kind) == ("no probe of this audit can tell x", "not_configured")

    def test_the_evidence_is_gone(self) -> None:
        gap = index().missing("n")
        assert (gap.text, gap.kind) == ("the evidence of the probe p is not there", "crashed")

    def test_the_problem_that_names_the_fact_comes_first(self) -> None:
        general = Problem(ProblemKind.DENIED, "Nothing may be read.")
        named = Problem(ProblemKind.STALE, "It is old.", "Make it again.", ("n",))
        gap = index(answer("p", problems=[general, named])).missing("n")
        assert (gap.text, gap.kind, gap.hint) == ("It is old.", "stale", "Make it again.")
        assert gap.problem == named

    def test_a_problem_of_another_fact_hides_nothing(self) -> None:
        other = Problem(ProblemKind.STALE, "It is old.", "", ("m",))
        gap = index(answer("p", problems=[other])).missing("n")
        assert gap.kind == "vacuous"
        assert gap.text == "the probe p looked and could not tell n"

    def test_a_subject_is_named(self) -> None:
        facts = seen(fact("words@readme", 1))
        gap = facts.missing("words", "setup")
        assert gap.text == "the probe probe.words looked and could not tell words@setup"

    def test_a_probe_that_did_not_finish_and_does_not_say_why(self) -> None:
        gap = index(answer("p", status=Status.FAILED)).missing("n")
        assert (gap.text, gap.kind) == ("the probe p did not finish its look", "crashed")


class TestAnswered:
    @pytest.mark.parametrize("kind", list(ProblemKind))
    def test_a_probe_that_was_kept_from_looking_for_a_fact_did_not_answer(
        self, kind: ProblemKind
    ) -> None:
        nothing_to_see = {ProblemKind.NOT_CONFIGURED, ProblemKind.VACUOUS, ProblemKind.STALE}
        named = index(answer("p", problems=[Problem(kind, "No.", facts=("n",))]))
        general = index(answer("p", problems=[Problem(kind, "No.")]))
        assert named.answered("n") is general.answered("n") is (kind in nothing_to_see)
        assert named.answered("m")

    def test_nonsense_is_no_answer(self) -> None:
        facts = index(answer("p", fact("n", "many")))
        assert not facts.answered("n")
        assert facts.answered("m")

    def test_what_nobody_owes_nobody_answers(self) -> None:
        assert not index(answer("p")).answered("x")
