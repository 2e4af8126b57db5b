"""Checklists from YAML to values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.checklist.lint import advice
from auditor.checklist.load import load_checklist
from auditor.checklist.shipped import checklist_names
from auditor.collect.registry import find_probes, vocabulary
from auditor.model.item import All, Any, Checklist, Constraint, Item, Matcher, Not, Severity
from auditor.model.level import Level
from tests.checklist.samples import SMALL, VOCABULARY

Written = Callable[..., Path]
WEIGHTS = "The weights of the categories add up to 120, not 100; they are normalised."


@pytest.fixture
def load(written: Written) -> Callable[..., Checklist]:
    def read(text: str = SMALL, *changes: tuple[str, str], **options: object) -> Checklist:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return load_checklist(str(written(text)), VOCABULARY, **options)  # type: ignore[arg-type]

    return read


Load = Callable[..., Checklist]


def named(made: Checklist, name: str) -> Item:
    return next(i for i in made.items() if i.id == name)


class TestShipped:
    @pytest.mark.parametrize("name", checklist_names())
    def test_every_shipped_checklist_fits_the_probes_and_draws_one_note(self, name: str) -> None:
        made = load_checklist(name, vocabulary(p.spec for p in find_probes()))
        assert made.id == name
        assert advice(made) == [WEIGHTS]

    def test_the_hotel_agent_is_the_general_one_with_its_own_features(self) -> None:
        facts = vocabulary(p.spec for p in find_probes())
        general = load_checklist("production-readiness", facts)
        hotel = load_checklist("agente-hotelero", facts)
        assert general.items()[0].id == "core.features.declared"
        assert [i.number for i in hotel.items()][:7] == [f"1.1.{n}" for n in range(1, 8)]
        assert hotel.items()[7:] == general.items()[1:]
        assert hotel.digest != general.digest

    def test_numbers_follow_their_sections(self) -> None:
        made = load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))
        for category in made.categories:
            for section in category.sections:
                assert section.number.startswith(f"{category.number}.")
                numbers = [f"{section.number}.{n}" for n in range(1, len(section.items) + 1)]
                assert [i.number for i in section.items] == numbers


class TestValues:
    def test_an_item_is_read_whole(self, load: Load) -> None:
        coverage = named(load(), "testing.coverage")
        assert coverage == Item(
            id="testing.coverage",
            number="1.1.1",
            title="Tests cover at least 90 % of lines",
            severity=Severity.CRITICAL,
            effort_h=8.0,
            when=Constraint(
                "repo.languages", "", Matcher("contains", "python", "contains: python")
            ),
            require=All(
                (
                    Constraint("coverage.line_percent", "", Matcher(">=", 90.0, ">= 90")),
                    Constraint("tests.failed", "", Matcher("==", 0.0, "== 0")),
                )
            ),
            floor=Level.REPORTED,
            max_age_s=7 * 86400.0,
            why="Because.",
            fix="Write tests.",
            produce="pytest --cov",
        )

    def test_floors_come_from_item_checklist_and_defaults_in_that_order(self, load: Load) -> None:
        made = load(
            SMALL, ("attestable: reported", "attestable: reported\n            floor: observed")
        )
        assert named(made, "testing.load").floor is Level.OBSERVED
        assert named(made, "testing.coverage").floor is Level.REPORTED
        assert named(made, "security.tls.chain").floor is Level.DECLARED
        assert named(load(), "testing.load").floor is Level.REPORTED

    def test_items_weigh_one_unless_something_else_is_said(self, load: Load) -> None:
        assert {i.weight for i in load().items()} == {1}
        heavy = load(
            SMALL,
            ("floors:", "severity_weights: {blocker: 5, critical: 2.5}\nfloors:"),
            ("severity: blocker", "severity: blocker\n            weight: 0.1"),
        )
        assert named(heavy, "testing.load").weight == Fraction(1, 10), "exact, whatever a float is"
        assert named(heavy, "testing.coverage").weight == Fraction(5, 2)
        assert named(heavy, "security.tls.chain").weight == 1

    def test_sections_count_alike_or_by_the_weight_of_their_items(self, load: Load) -> None:
        mean = load()
        weighted = load(SMALL, ("floors:", "rollup: weighted\nfloors:"))
        assert [s.weight for c in mean.categories for s in c.sections] == [1, 1]
        assert [s.weight for c in weighted.categories for s in c.sections] == [2, 1]
        assert (mean.rollup, weighted.rollup) == ("mean", "weighted")

    def test_weights_other_than_100_are_noted(self, load: Load) -> None:
        assert load().notes == ()
        assert "add up to 60.5, not 100" in load(SMALL, ("weight: 40", "weight: 0.5")).notes[0]

    def test_levels_of_readiness_may_be_set_one_by_one(self, load: Load) -> None:
        made = load(SMALL, ("floors:", "levels: {ready: 70}\nfloors:"))
        assert made.levels == {"ready": 70, "excellent": 95, "perfect": 100}

    def test_parts_inherit_the_severity_of_their_item(self, load: Load) -> None:
        part = "attestable: reported\n            checks:\n              - {id: a.part, number: a, title: A}"
        made = named(load(SMALL, ("attestable: reported", part)), "testing.load")
        assert [(c.id, c.severity) for c in made.checks] == [("a.part", Severity.BLOCKER)]

    def test_criteria_may_use_what_the_audit_itself_found(self, load: Load) -> None:
        (criterion,) = load().criteria
        assert criterion.title == "At least 90 %"
        assert criterion.require == Constraint("audit.proven", "", Matcher(">=", 90.0, ">= 90"))

    def test_a_threshold_reaches_a_test_exactly(self, load: Load) -> None:
        for number, text in (
            (0.1, ">= 0.1"),
            (1e-5, ">= 1e-05"),
            (99.99999999999999, ">= 99.99999999999999"),
        ):
            made = load(SMALL, ("value: 90", f"value: {number!r}"))
            require = named(made, "testing.coverage").require
            assert isinstance(require, All)
            assert require.parts[0] == Constraint(
                "coverage.line_percent", "", Matcher(">=", number, text)
            )

    def test_braces_that_name_no_threshold_stay(self, load: Load) -> None:
        made = load(SMALL, ("fix: Write tests.", "fix: 'f\"{other} {line_coverage}\"'"))
        assert named(made, "testing.coverage").fix == 'f"{other} 90 %"'

    def test_the_digest_is_that_of_the_text(self, load: Load) -> None:
        assert load().digest == load().digest
        assert load().digest != load(SMALL + "# a comment\n").digest


class TestRequirements:
    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("{tests.failed: '> 0'}", Constraint("tests.failed", "", Matcher(">", 0.0, "> 0"))),
            ("{tests.failed: 3}", Constraint("tests.failed", "", Matcher("equals", 3.0, "3"))),
            (
                "{tls.best_protocol: TLSv1.3}",
                Constraint("tls.best_protocol", "", Matcher("equals", "TLSv1.3", "TLSv1.3")),
            ),
            (
                "{tls.best_protocol: {one_of: [TLSv1.2, TLSv1.3]}}",
                Constraint(
                    "tls.best_protocol",
                    "",
                    Matcher("one_of", ("TLSv1.2", "TLSv1.3"), "one_of: ['TLSv1.2', 'TLSv1.3']"),
                ),
            ),
            (
                "{tls.best_protocol: {matches: '^TLS'}}",
                Constraint("tls.best_protocol", "", Matcher("matches", "^TLS", "matches: ^TLS")),
            ),
            (
                "{repo.languages: {count: '>= $line_coverage'}}",
                Constraint("repo.languages", "", Matcher("count", ">= 90", "count: >= $line_coverage")),
            ),
            (
                "{repo.languages: {empty: false}}",
                Constraint("repo.languages", "", Matcher("empty", False, "empty: False")),
            ),
            (
                "{documents.words@readme: '> 5'}",
                Constraint("documents.words", "readme", Matcher(">", 5.0, "> 5")),
            ),
            (
                "{features.live_ok@anything: true}",
                Constraint("features.live_ok", "anything", Matcher("equals", True, "True")),
            ),
        ],
    )  # fmt: skip
    def test_a_constraint_of_each_kind(self, load: Load, text: str, tree: Constraint) -> None:
        made = load(SMALL, ("{tls.chain_trusted: true}", text))
        assert named(made, "security.tls.chain").require == tree

    def test_trees_nest(self, load: Load) -> None:
        text = (
            "{any: [{tls.chain_trusted: true, tests.failed: 0}, {not: {all: [{tests.failed: 1}]}}]}"
        )
        chain = Constraint("tls.chain_trusted", "", Matcher("equals", True, "True"))
        none = Constraint("tests.failed", "", Matcher("equals", 0.0, "0"))
        one = Constraint("tests.failed", "", Matcher("equals", 1.0, "1"))
        made = load(SMALL, ("{tls.chain_trusted: true}", text))
        assert named(made, "security.tls.chain").require == Any(
            (All((chain, none)), Not(All((one,))))
        )

    def test_words_beside_constraints_must_hold_as_well(self, load: Load) -> None:
        text = "{tests.failed: 0, not: {tls.chain_trusted: false}}"
        require = named(
            load(SMALL, ("{tls.chain_trusted: true}", text)), "security.tls.chain"
        ).require
        assert isinstance(require, All)
        assert [type(p) for p in require.parts] == [Constraint, Not]


class TestAdvice:
    def test_a_good_checklist_draws_none(self, load: Load) -> None:
        assert advice(load()) == []

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("attestable: reported", "weight: 1", "testing.load: nothing can pass it"),
            ("attestable: reported", "attestable: declared", "an attestation counts up to declared, below its floor reported"),
            ("fix: Measure.\n            ", "", "testing.load: it has no `fix`."),
            ('number: "1.1.2"', 'number: "1.1.1"', "testing.load and testing.coverage have the same number 1.1.1."),
        ],
    )  # fmt: skip
    def test_what_is_legal_and_probably_not_meant(
        self, load: Load, old: str, new: str, said: str
    ) -> None:
        assert said in "\n".join(advice(load(SMALL, (old, new))))
