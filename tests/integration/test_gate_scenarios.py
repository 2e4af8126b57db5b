"""What the merge gate says of changes to a real repository: outcome, cause and exit code of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from auditor.model.gate import Cause
from tests.integration.gate_table import TWO_SERVICES, UNCOMMITTED, Row
from tests.integration.gate_world import (
    ATTESTATION,
    CHECKLIST,
    CLEAN,
    SECRET,
    SOURCE,
    WAIVER,
    Change,
    gate,
    items,
    junit,
)
from tests.repositories import Repository

LATER, EARLIER = "2027-02-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"
PENDING = CHECKLIST.replace(
    "            severity: blocker\n",
    '            severity: blocker\n            effective_from: "2099-01-01"\n',
)
TIERED = CHECKLIST + "tiers: {low: {title: Low, leave_out: {code.secrets: nobody uses it}}}\n"
UNFINISHED = "# TODO: round it\n" + SOURCE
OTHER = "def tax(amount):\n    return amount / 5\n"


@dataclass(frozen=True)
class Scenario:
    """A base and a change to it, and what the gate must say: exit code, lists of items by cause."""

    what: str
    base: dict[str, str | None]
    head: dict[str, str | None]
    code: int
    new: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    resolved: dict[str, str] = field(default_factory=dict)
    worse: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()

    def row(self) -> Row:
        """The scenario as a row of the table in docs/gate.md."""
        parts = [
            f"{many} new blocker{'s' if many > 1 else ''}" if (many := len(self.new)) else "",
            "evidence lost" if self.lost else "",
            "worse inside an open item" if self.worse else "",
            "an old blocker, still open" if self.open and not (self.worse or self.lost) else "",
            "an old blocker resolved" if self.resolved else "",
            "pending: told, and blocking nothing" if self.pending else "",
            "the changed rules are listed and not obeyed" if self.policy else "",
        ]
        said = "; ".join(p for p in parts if p) or "nothing new"
        causes = {**self.resolved, **self.lost, **self.new}.values()
        cause = next((Cause(c) for c in reversed(list(causes))), None)
        return Row(self.what, said, self.code, cause)


SCENARIOS = (
    Scenario("nothing relevant", {}, {"notes.txt": "x\n"}, 0),
    Scenario("a new blocker", {}, {"compose.yaml": SECRET}, 1, new={"code.secrets": "code"}),
    Scenario("an old blocker", {"compose.yaml": SECRET}, {"notes.txt": "x\n"}, 0, open=("code.secrets",)),
    Scenario(
        "an old blocker resolved", {"compose.yaml": SECRET}, {"compose.yaml": CLEAN}, 0,
        resolved={"code.secrets": "code"},
    ),
    Scenario(
        "moved code: an old finding on another line",
        {"app/price.py": UNFINISHED}, {"app/price.py": "import os\n\n\n" + UNFINISHED}, 0,
        open=("code.markers",),
    ),
    Scenario(
        "moved code: an old finding in another file",
        {"app/price.py": UNFINISHED}, {"app/price.py": OTHER, "app/money.py": UNFINISHED}, 0,
        open=("code.markers",),
    ),
    Scenario(
        "a renamed file with an old finding",
        {"app/price.py": UNFINISHED}, {"app/price.py": None, "app/prices.py": UNFINISHED}, 0,
        open=("code.markers",),
    ),
    Scenario(
        "one more finding in an open item",
        {"app/price.py": UNFINISHED}, {"app/tax.py": "# FIXME: wrong\n" + OTHER}, 1,
        open=("code.markers",), worse=("finding", "number"),
    ),
    Scenario(
        "a finding in the place of another",
        {"app/price.py": UNFINISHED},
        {"app/price.py": SOURCE, "app/tax.py": "# TODO: not this way\n" + OTHER}, 1,
        open=("code.markers",), worse=("finding",),
    ),
    Scenario("deleted tests", {}, {"reports/junit.xml": junit(2)}, 1, new={"code.tests": "code"}),
    Scenario(
        "fewer tests where there were too few",
        {"reports/junit.xml": junit(2)}, {"reports/junit.xml": junit(1)}, 1,
        open=("code.tests",), worse=("number",),
    ),
    Scenario(
        "a part that held and holds no more",
        {"reports/junit.xml": junit(2)}, {"reports/junit.xml": junit(2, failed=1)}, 1,
        open=("code.tests",), worse=("finding", "number"),
    ),
    Scenario(
        "a report that is gone", {}, {"reports/junit.xml": None}, 3,
        lost={"code.tests": "evidence_lost"},
    ),
    Scenario(
        "the report of an open item that is gone",
        {"reports/junit.xml": junit(2)}, {"reports/junit.xml": None}, 3,
        open=("code.tests",), lost={"code.tests": "evidence_lost"},
    ),
    Scenario(
        "lost evidence beside a new blocker", {},
        {"reports/junit.xml": None, "compose.yaml": SECRET}, 1,
        new={"code.secrets": "code"}, lost={"code.tests": "evidence_lost"},
    ),
    Scenario(
        "a threshold lowered to let the change pass", {},
        {"reports/junit.xml": junit(2), "readiness/checklist.yaml": CHECKLIST.replace("value: 3", "value: 1")},
        1, new={"code.tests": "code"}, policy=("checklist", "checklist"),
    ),
    Scenario(
        "an item removed from the checklist", {},
        {"compose.yaml": SECRET, "readiness/checklist.yaml": CHECKLIST.replace("code.secrets", "code.mystery")},
        1, new={"code.secrets": "code"}, policy=("checklist", "checklist", "checklist"),
    ),
    Scenario(
        "another checklist named in auditor.yaml", {},
        {"compose.yaml": SECRET, "auditor.yaml": "service: orders\n"},
        1, new={"code.secrets": "code"}, policy=("configuration", "checklist", *["checklist"] * 18, "more"),
    ),
    Scenario(
        "a waiver that comes with its blocker", {},
        {"compose.yaml": SECRET, "readiness/waivers.yaml": WAIVER.format(item="code.secrets", expires=LATER)},
        1, new={"code.secrets": "code"}, policy=("waivers",),
    ),
    Scenario(
        "a blocker that a waiver of the base lets stand",
        {"readiness/waivers.yaml": WAIVER.format(item="code.secrets", expires=LATER)},
        {"compose.yaml": SECRET}, 0,
    ),
    Scenario(
        "a waiver that has run out",
        {"compose.yaml": SECRET, "readiness/waivers.yaml": WAIVER.format(item="code.secrets", expires=EARLIER)},
        {"notes.txt": "x\n"}, 1, new={"code.secrets": "waiver_expired"},
    ),
    Scenario(
        "a waiver removed by the change",
        {"compose.yaml": SECRET, "readiness/waivers.yaml": WAIVER.format(item="code.secrets", expires=LATER)},
        {"readiness/waivers.yaml": None}, 0, policy=("waivers",),
    ),
    Scenario(
        "a blocker that a newer checklist asks from a later date on",
        {"readiness/checklist.yaml": PENDING}, {"compose.yaml": SECRET}, 0,
        pending=("code.secrets",),
    ),
    Scenario(
        "a later date that the change itself writes into the checklist", {},
        {"compose.yaml": SECRET, "readiness/checklist.yaml": PENDING},
        1, new={"code.secrets": "code"}, policy=("checklist",),
    ),
    Scenario(
        "a tier that leaves the blocker out, named by the change", {"readiness/checklist.yaml": TIERED},
        {
            "compose.yaml": SECRET,
            "auditor.yaml": "service: orders\nchecklist: readiness/checklist.yaml\ntier: low\n",
        },
        1, new={"code.secrets": "code"}, policy=("configuration",),
    ),
    Scenario(
        "declared not applicable by the change", {},
        {
            "compose.yaml": SECRET,
            "auditor.yaml": "service: orders\nchecklist: readiness/checklist.yaml\n"
            "not_applicable: {code.secrets: we do not care}\n",
        },
        1, new={"code.secrets": "code"}, policy=("configuration",),
    ),
    Scenario(
        "an attestation that comes with the change", {},
        {"readiness/attestations.yaml": ATTESTATION.format(expires=LATER)}, 0,
        policy=("attestations",),
    ),
)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.what.replace(" ", "-"))
def test_the_gate_says_what_the_scenario_wants(scenario: Scenario, repository: Repository) -> None:
    change = Change(repository)
    change.base_also(scenario.base)
    change.commit(scenario.head)
    code, said = change.gate()
    assert isinstance(said, dict), said
    assert code == scenario.code, said
    assert said["met"] is (code == 0)
    assert said["undecided"] is (code == 3)
    assert said["base"]["commit"] == change.base
    assert items(said["new_blockers"]) == scenario.new
    assert items(said["evidence_lost"]) == scenario.lost
    assert items(said["resolved"]) == scenario.resolved
    assert tuple(items(said["still_open"])) == scenario.open
    assert tuple(sorted(w["kind"] for w in said["worse"])) == scenario.worse
    assert tuple(p["what"] for p in said["policy"]) == scenario.policy
    assert tuple(c["item"] for c in said["changes"] if c["to"] == "pending") == scenario.pending


def test_an_attestation_of_the_base_counts_and_the_heads_changes_to_it_do_not(
    repository: Repository,
) -> None:
    change = Change(repository)
    change.base_also({"readiness/attestations.yaml": ATTESTATION.format(expires=LATER)})
    change.commit({"readiness/attestations.yaml": None})
    code, said = change.gate()
    assert code == 0
    assert said["changes"] == []
    assert [p["text"] for p in said["policy"]] == ["attestation of code.oncall: removed"]


def test_an_attestation_whose_evidence_the_change_removes_counts_no_more(
    repository: Repository,
) -> None:
    change = Change(repository)
    change.base_also({"readiness/attestations.yaml": ATTESTATION.format(expires=LATER)})
    change.commit({"README.md": None})
    _, said = change.gate()
    assert [(c["item"], c["from"], c["to"]) for c in said["changes"]] == [
        ("code.oncall", "pass", "unknown")
    ]


def test_changes_that_are_not_committed_are_judged_and_said(repository: Repository) -> None:
    change = Change(repository)
    repository.write("compose.yaml", SECRET)
    code, said = change.gate()
    assert code == UNCOMMITTED.code
    assert items(said["new_blockers"]) == {"code.secrets": UNCOMMITTED.cause}
    assert any("not committed" in note for note in said["notes"])


def _kept(said: Any) -> list[str]:
    return [c["item"] for c in said["new_blockers"]]


def test_two_services_of_one_repository_have_gates_of_their_own(repository: Repository) -> None:
    change = Change(repository)
    one = {f"services/{n}/compose.yaml": CLEAN for n in ("a", "b")}
    two = {
        f"services/{n}/auditor.yaml": "checklist: ../../readiness/checklist.yaml\n"
        for n in ("a", "b")
    }
    change.base_also({**one, **two})
    change.commit({"services/a/compose.yaml": SECRET})
    code_a, said_a = gate(change.root / "services" / "a", "--against", "main")
    code_b, said_b = gate(change.root / "services" / "b", "--against", "main")
    assert (code_a, _kept(said_a)) == (TWO_SERVICES.code, ["code.secrets"])
    assert (code_b, _kept(said_b)) == (0, [])
