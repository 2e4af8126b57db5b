"""The extended checklist: fifty more items, each bound to evidence, and none that an empty shell passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.checklist.load import load_checklist
from auditor.checklist.shipped import config_folder
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.tree import constraints
from auditor.model.item import Checklist, Item, Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit
from auditor.settings import ChosenTier
from tests.integration.commands import git_repository
from tests.integration.test_audit_command import HOLLOW, WORKFLOW

PLUS = "production-readiness-plus"
SHELLS = (
    "renovate.json", ".github/dependabot.yml", ".github/CODEOWNERS", "catalog-info.yaml", "service.yaml",
    "slo/orders.yaml", "opslevel.yml", "migrations/0001.sql", "alembic.ini", "sbom.json", "values.yaml",
    ".env.production", ".env.staging", "k8s/pdb.yaml",
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Checklist:
    return load_checklist(PLUS, vocabulary(p.spec for p in find_probes()))


@pytest.fixture(scope="module")
def added(made: Checklist) -> list[Item]:
    return [i for i in made.items() if i.id in made.added]


def test_fifty_items_are_added_and_none_of_the_parent_s_is_changed(
    made: Checklist, added: list[Item]
) -> None:
    parent = load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))
    assert len(added) == 50
    assert [i for i in made.items() if i not in added] == parent.items()
    assert (made.changed, made.removed) == ({}, {})


def test_each_of_the_fifty_has_its_own_mark() -> None:
    text = (config_folder() / "checklists" / f"{PLUS}.yaml").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^    # (A\d\d)$", text, re.M)) == [f"A{n:02}" for n in range(1, 51)]


def test_an_item_without_facts_says_why_a_person_has_to_tell(added: list[Item]) -> None:
    alone = [i for i in added if i.require is None]
    assert all(i.attestable is Level.REPORTED for i in alone)
    assert [i.id for i in alone if "Attested alone: " not in i.produce] == []
    assert [i.id for i in alone if f"auditor attest {i.id}" not in i.produce] == []
    assert [i.id for i in added if i.require is not None and "Attested alone" in i.produce] == []


def test_what_may_be_attested_beside_facts_says_what_to_link(added: list[Item]) -> None:
    both = [i for i in added if i.require is not None and i.attestable is not None]
    assert [i.id for i in both if "ttest" not in i.produce and "--url" not in i.produce
            and "_TOKEN" not in i.produce and "syft" not in i.produce] == []  # fmt: skip


def test_at_least_half_are_decided_by_what_probes_see(added: list[Item]) -> None:
    assert sum(i.require is not None for i in added) >= 25


def test_every_fact_is_one_that_may_reach_the_floor(added: list[Item]) -> None:
    """A file is effective at best: an item above that takes reports, the deployment, or a person."""
    files = [p for p in find_probes() if p.pure and not p.spec.id.startswith("reports.")]
    static = {f.key for p in files for f in p.spec.emits}
    stuck = [
        i.id
        for i in added
        if i.attestable is None
        and i.floor.rank > Level.EFFECTIVE.rank
        and {c.key for c in constraints(i.require)} <= static
    ]
    assert stuck == []


@pytest.mark.parametrize("tier", ["1", "2", "3"])
def test_every_tier_of_the_parent_holds_for_the_new_items_too(tier: str) -> None:
    facts = vocabulary(p.spec for p in find_probes())
    items = {i.id: i for i in load_checklist(PLUS, facts, tier=ChosenTier(tier, "f")).items()}
    assert (items["observability.slo.objectives"].severity is Severity.BLOCKER) == (tier == "1")
    assert bool(items["performance.scalability.spread"].left_out) == (tier == "3")
    assert bool(items["performance.caching.ttl"].left_out) == (tier == "3"), "of the parent"


@pytest.mark.parametrize("shell", [False, True])
def test_false_green_the_empty_and_the_hollow_repository_pass_none(
    tmp_path: Path, shell: bool
) -> None:
    files: dict[str, str | bytes] = {"README.md": "# A service\n"}
    if shell:
        files = dict.fromkeys((*HOLLOW, *SHELLS), "")
        files |= {
            ".github/workflows/ci.yml": f"permissions: {{}}\n{WORKFLOW}",
            "Dockerfile": "FROM scratch\n",
            "docker-compose.yml": "services:\n",
            "SECURITY.md": "# Security\n",
            "renovate.json": "{}",
            "catalog-info.yaml": "kind: Component\nspec: {owner: guests}\n",
            ".github/CODEOWNERS": "* @your-team\n",
            "app/main.py": "def main():\n    pass\n",
        }
    target = git_repository(tmp_path, files)
    report = audit(Options(target, offline=True, checklist=PLUS)).report
    passed = [v.item.id for v in report.verdicts() if v.outcome is Outcome.PASS]
    excused = [v.item.id for v in report.verdicts() if v.outcome is Outcome.NOT_APPLICABLE]
    assert (passed, excused, report.score.proven) == ([], [], 0)
