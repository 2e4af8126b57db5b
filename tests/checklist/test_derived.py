"""Derived checklists: extends, override, remove, add, sections, and where a chain of them may lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.checklist.load import load_checklist
from auditor.evaluate.policy_notes import policy_notes
from auditor.formats.text.config_text import Mistake
from auditor.model.item import Checklist, Constraint, Item, Matcher, Severity
from auditor.model.level import Level
from tests.checklist.samples import SMALL, VOCABULARY

Derive = Callable[..., Checklist]


@pytest.fixture
def derive(written: Callable[..., Path]) -> Derive:
    """Loads a checklist that extends SMALL."""

    def load(text: str, parent: str = SMALL) -> Checklist:
        written(parent, "parent.yaml")
        path = written(f"extends: parent.yaml\n{text}", "child.yaml")
        return load_checklist(str(path), VOCABULARY)

    return load


def mistake(derive: Derive, text: str) -> str:
    with pytest.raises(Mistake) as caught:
        derive(text)
    return str(caught.value)


def named(made: Checklist, name: str) -> Item:
    return next(i for i in made.items() if i.id == name)


def test_without_a_change_it_is_its_parent_under_another_digest(derive: Derive) -> None:
    child, parent = derive(""), derive("", SMALL)
    assert child.items() == parent.items()
    assert (child.id, child.title) == ("small", "A small checklist")
    assert derive("# other\n").digest != child.digest


def test_the_digest_covers_the_parent(derive: Derive) -> None:
    assert derive("").digest != derive("", SMALL + "# other\n").digest


def test_the_head_may_be_its_own(derive: Derive) -> None:
    made = derive("id: mine\nversion: '2'\ntitle: Mine\nrollup: weighted\n")
    assert (made.id, made.version, made.title, made.rollup) == ("mine", "2", "Mine", "weighted")


def test_an_override_changes_single_keys_of_an_item(derive: Derive) -> None:
    made = derive("override: {testing.coverage: {severity: blocker, max_age: 2d, weight: 3}}")
    item = named(made, "testing.coverage")
    assert (item.severity, item.max_age_s, item.weight) == (Severity.BLOCKER, 2 * 86400, 3)
    assert item.why == "Because."
    assert item.floor is Level.REPORTED, "the floor of its new severity"


def test_false_green_other_floors_and_weights_of_the_parent_are_kept(derive: Derive) -> None:
    parent = SMALL.replace(
        "floors:", "severity_weights: {critical: 4}\nlevels: {ready: 90}\nfloors:"
    )
    made = derive(
        "floors: {blocker: observed}\nseverity_weights: {blocker: 8}\nlevels: {perfect: 99}", parent
    )
    assert named(made, "testing.coverage").floor is Level.REPORTED
    assert named(made, "testing.load").floor is Level.OBSERVED
    assert [i.weight for i in made.items()] == [4, 8, 1]
    assert made.levels == {"ready": 90, "excellent": 95, "perfect": 99}


def test_a_threshold_may_be_changed_or_added(derive: Derive) -> None:
    made = derive(
        "thresholds: {line_coverage: {value: 95, unit: '%'}, most: {value: 2, unit: x}}\n"
        "override: {security.tls.chain: {require: {tests.failed: '<= $most'}}}"
    )
    assert named(made, "testing.coverage").title == "Tests cover at least 95 % of lines"
    assert named(made, "security.tls.chain").require == Constraint(
        "tests.failed", "", Matcher("<=", 2.0, "<= 2")
    )


def test_an_item_goes_with_a_reason_that_is_kept(derive: Derive) -> None:
    made = derive("remove: {testing.load: internal tool}")
    assert [i.id for i in made.items()] == ["testing.coverage", "security.tls.chain"]
    assert made.removed == {"testing.load": "internal tool"}


def test_items_may_be_added_to_a_section(derive: Derive) -> None:
    made = derive(
        "add:\n  security.tls:\n    - {id: mine.one, number: 2.1.2, title: Mine, severity: nice}\n"
    )
    assert [i.id for i in made.categories[1].sections[0].items] == [
        "security.tls.chain",
        "mine.one",
    ]


def test_a_section_may_be_replaced(derive: Derive) -> None:
    made = derive(
        "sections:\n  testing.tests:\n    title: Other\n    weight: 2\n"
        "    items: [{id: mine.one, number: 1.1.1, title: Mine, severity: nice}]\n"
    )
    section = made.categories[0].sections[0]
    assert (section.id, section.number, section.title, section.weight) == (
        "testing.tests", "1.1", "Other", 2,
    )  # fmt: skip
    assert [i.id for i in section.items] == ["mine.one"]


def test_criteria_are_added_to_those_of_the_parent(derive: Derive) -> None:
    made = derive("criteria:\n  - {id: criteria.mine, title: Mine, attestable: reported}\n")
    assert [c.id for c in made.criteria] == ["criteria.score", "criteria.mine"]


def test_a_chain_of_several_is_followed(written: Callable[..., Path]) -> None:
    written(SMALL, "a.yaml")
    written("extends: ../a.yaml\nremove: {testing.load: no}\n", "deep/b.yaml")
    path = written("extends: deep/b.yaml\nid: c\n", "c.yaml")
    made = load_checklist(str(path), VOCABULARY)
    assert (made.id, len(made.items()), made.removed) == ("c", 2, {"testing.load": "no"})


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("override: {testing.covrage: {severity: nice}}", "2:12", "No item is called 'testing.covrage'. Did you mean 'testing.coverage'?"),
        ("override: {testing.coverage: {id: other}}", "2:31", "'id' is not a key of override.testing.coverage."),
        ("override: {testing.coverage: {severity: noce}}", "2:41", "Did you mean 'nice'?"),
        ("override: {testing.coverage: nice}", "2:30", "should be a mapping"),
        ("remove: {testing.covrage: no}", "2:10", "No item is called 'testing.covrage'. Did you mean 'testing.coverage'?"),
        ("remove: {testing.coverage: ''}", "2:28", "Removing testing.coverage needs a reason."),
        ("remove: {testing.coverage: '  '}", "2:28", "Removing testing.coverage needs a reason."),
        ("remove: {testing.coverage: }", "2:28", "should be a text (put it in quotes), not nothing."),
        ("remove: [testing.coverage]", "2:9", "should be a mapping"),
        ("add: {testing.test: []}", "2:7", "No section is called 'testing.test'. Did you mean 'testing.tests'?"),
        ("add: {testing.tests: [{id: testing.load, number: '9', title: T, severity: nice}]}", "2:28", "is used twice"),
        ("sections: {testing.test: {}}", "2:12", "No section is called 'testing.test'."),
        ("sections: {testing.tests: {id: other}}", "2:28", "'id' is not a key"),
        ("overide: {}", "2:1", "Did you mean 'override'?"),
        ("categories: []", "2:1", "'categories' is not a key of the file."),
        ("floors: {bloker: reported}", "2:10", "Did you mean 'blocker'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place_in_the_child(
    derive: Derive, text: str, place: str, said: str
) -> None:
    told = mistake(derive, text)
    assert f"child.yaml:{place}: " in told
    assert said in told


def test_a_mistake_of_the_parent_is_told_in_the_parent(written: Callable[..., Path]) -> None:
    parent = written(SMALL.replace("severity: blocker", "severity: bloker"), "parent.yaml")
    child = written("extends: parent.yaml", "child.yaml")
    with pytest.raises(Mistake) as caught:
        load_checklist(str(child), VOCABULARY)
    assert str(caught.value).startswith(f"{parent}:")


class TestChains:
    def test_a_loop_is_a_mistake_with_its_place(self, written: Callable[..., Path]) -> None:
        path = written("extends: loop.yaml", "loop.yaml")
        with pytest.raises(
            Mistake, match=r"loop\.yaml:1:10: Checklists extend each other more than 8 times"
        ):
            load_checklist(str(path), VOCABULARY)

    def test_a_loop_over_two_files_too(self, written: Callable[..., Path]) -> None:
        written("extends: b.yaml", "a.yaml")
        path = written("extends: a.yaml", "b.yaml")
        with pytest.raises(Mistake, match="more than 8 times"):
            load_checklist(str(path), VOCABULARY)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("production-readines", "Did you mean 'production-readiness'?"),
            ("parent.yml", "No checklist of that name or path."),
            (".", "It is a folder, and no file: name the YAML file of the checklist."),
        ],
    )
    def test_an_unknown_parent_is_told_where_it_is_named(
        self, written: Callable[..., Path], name: str, said: str
    ) -> None:
        path = written(f"id: x\nextends: {name}", "child.yaml")
        with pytest.raises(Mistake) as caught:
            load_checklist(str(path), VOCABULARY)
        assert str(caught.value).startswith(f"{path}:2:10: extends {name!r}: ")
        assert said in str(caught.value)

    def test_a_parent_that_is_no_text(self, written: Callable[..., Path]) -> None:
        path = written("extends: [a]", "child.yaml")
        with pytest.raises(Mistake, match=r":1:10: extends should be a text"):
            load_checklist(str(path), VOCABULARY)


class TestFence:
    """What the repository itself names must lie inside the repository."""

    def load(self, fence: Path, name: str) -> Checklist:
        return load_checklist(name, VOCABULARY, beside=fence, fence=fence)

    def test_a_checklist_inside_is_read(self, written: Callable[..., Path]) -> None:
        path = written(SMALL, "repo/readiness/c.yaml")
        assert self.load(path.parents[1], "readiness/c.yaml").id == "small"

    @pytest.mark.parametrize("name", ["../c.yaml", "{outside}", "link.yaml", "folder/c.yaml"])
    def test_a_checklist_outside_is_refused_however_it_is_named(
        self, written: Callable[..., Path], name: str
    ) -> None:
        outside = written(SMALL, "c.yaml")
        repo = outside.parent / "repo"
        repo.mkdir()
        os.symlink(outside, repo / "link.yaml")
        os.symlink(outside.parent, repo / "folder")
        with pytest.raises(Mistake, match="must lie inside the repository"):
            self.load(repo, name.replace("{outside}", str(outside)))

    def test_a_parent_outside_is_refused_at_its_place(self, written: Callable[..., Path]) -> None:
        written(SMALL, "c.yaml")
        path = written("id: x\nextends: ../c.yaml", "repo/child.yaml")
        with pytest.raises(Mistake, match=r"child\.yaml:2:10: .* must lie inside the repository"):
            self.load(path.parent, "child.yaml")

    def test_a_shipped_parent_is_always_allowed(self, written: Callable[..., Path]) -> None:
        path = written("extends: production-readiness\n", "repo/child.yaml")
        with pytest.raises(Mistake, match="config/checklists/production-readiness"):
            self.load(path.parent, "child.yaml")  # its facts are not in this vocabulary

    def test_a_loop_of_links_is_no_checklist(self, tmp_path: Path) -> None:
        os.symlink(tmp_path / "b.yaml", tmp_path / "a.yaml")
        os.symlink(tmp_path / "a.yaml", tmp_path / "b.yaml")
        with pytest.raises(Mistake, match="No checklist of that name or path"):
            self.load(tmp_path, "a.yaml")

    def test_a_pipe_is_no_checklist(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.yaml")
        with pytest.raises(Mistake, match="It is a pipe or a device, and no file"):
            self.load(tmp_path, "pipe.yaml")


def test_a_new_demand_may_come_into_force_later(derive: Derive) -> None:
    made = derive("override: {testing.coverage: {effective_from: 2027-01-31}}")
    item = next(i for i in made.items() if i.id == "testing.coverage")
    assert item.effective_from == "2027-01-31"


def test_a_date_that_is_none_is_refused_with_its_place(derive: Derive) -> None:
    with pytest.raises(Mistake, match=r"'soon' is no date; write it as 2027-01-31"):
        derive("override: {testing.coverage: {effective_from: soon}}")


def test_what_a_child_changes_adds_and_removes_is_told(derive: Derive) -> None:
    made = derive(
        "override: {testing.coverage: {severity: blocker, max_age: 2d}}\n"
        "remove: {testing.load: 'internal tool.'}\n"
        "add: {security.tls: [{id: mine, number: 2.1.2, title: Mine, severity: nice}]}\n"
    )
    assert made.extends == ("small 1.0.0",)
    assert made.added == ("mine",)
    assert made.changed == {"testing.coverage": ("severity", "max_age")}
    assert list(policy_notes(made)) == [
        "The checklist small extends small 1.0.0: 1 item added; 1 item changed: testing.coverage"
        " (severity, max_age); 1 item removed: testing.load (internal tool)."
    ]


def test_false_green_an_item_that_a_new_section_lacks_is_told_as_removed(derive: Derive) -> None:
    made = derive("sections: {testing.tests: {items: []}}")
    assert set(made.removed) == {"testing.coverage", "testing.load"}
    assert "the section testing.tests was written anew without it" in made.removed["testing.load"]


def test_an_item_that_a_new_section_keeps_is_told_as_changed(derive: Derive) -> None:
    made = derive(
        "sections:\n  testing.tests:\n    items:\n"
        "      - {id: testing.load, number: 1.1.1, title: T, severity: nice}\n"
        "      - {id: mine, number: 1.1.2, title: M, severity: nice}\n"
    )
    assert set(made.removed) == {"testing.coverage"}
    assert list(made.changed) == ["testing.load"]
    assert made.added == ("mine",)
    assert "testing.load (rewritten)" in next(policy_notes(made))


def test_a_child_of_a_child_that_takes_back_what_was_added_has_removed_nothing(
    written: Callable[..., Path],
) -> None:
    written(SMALL, "a.yaml")
    item = "{id: mine, number: 2.1.2, title: Mine, severity: nice}"
    written(f"extends: a.yaml\nid: b\nadd: {{security.tls: [{item}]}}\n", "b.yaml")
    path = written("extends: b.yaml\nid: c\nremove: {mine: no}\n", "c.yaml")
    made = load_checklist(str(path), VOCABULARY)
    assert (made.extends, made.added, made.removed) == (("b 1.0.0", "small 1.0.0"), (), {})
    assert list(policy_notes(made)) == []
