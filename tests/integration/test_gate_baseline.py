"""The gate against a baseline file or a bundle: adopting, the ratchet, and bases that are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.gating import adopt, gate_baseline
from auditor.pipeline import Options
from tests.integration.gate_table import (
    ALTERED,
    EMPTY,
    ENVIRONMENT,
    EXTENT,
    FUTURE,
    IN_FORCE,
    LOOSENED,
    LOOSER,
    NEWER,
    NO_BASELINE,
    NOT_YET,
    OTHER_REPOSITORY,
    OVERNIGHT,
    RATCHET,
    TIGHTER,
    TOOL,
)
from tests.integration.gate_world import (
    CHECKLIST,
    CLEAN,
    SECRET,
    SOURCE,
    WAIVER,
    Change,
    gate,
    items,
    junit,
    run,
)
from tests.repositories import Repository

LATER = "2099-02-01T00:00:00+00:00"
FILE = "baseline.json"


@pytest.fixture
def change(repository: Repository) -> Change:
    return Change(repository)


@pytest.fixture
def file(change: Change, tmp_path: Path) -> Path:
    """A baseline of the sound service, outside the repository."""
    code, said = change.gate("--adopt", tmp_path / FILE)
    assert (code, said) == (0, None)
    return tmp_path / FILE


def altered(file: Path, **snapshot: Any) -> Path:
    """The baseline with other values in its snapshot."""
    value = json.loads(file.read_text(encoding="utf-8"))
    value["snapshot"] |= snapshot
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def test_the_state_that_was_adopted_meets_its_own_baseline(change: Change, file: Path) -> None:
    code, said = change.gate("--baseline", file)
    assert code == 0
    assert said["base"] | {"made_at": "", "tool_version": ""} == {
        "kind": "baseline", "ref": str(file), "commit": change.base, "made_at": "", "tool_version": "",
    }  # fmt: skip
    assert (said["changes"], said["worse"], said["tighten"]) == ([], [], [])


def test_a_new_blocker_does_not_meet_the_baseline(change: Change, file: Path) -> None:
    change.commit({"compose.yaml": SECRET})
    code, said = change.gate("--baseline", file)
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})


def test_a_number_of_an_open_item_that_is_no_blocker_may_not_get_worse_either(
    change: Change, file: Path
) -> None:
    change.commit({"reports/junit.xml": junit(3)})
    code, said = change.gate("--baseline", file)
    assert code == RATCHET.code
    assert said["new_blockers"] == []
    assert [(w["item"], w["kind"], w["text"]) for w in said["worse"]] == [
        ("code.many", "number", "3 tests, and was 4 tests (wanted >= 10 tests)")
    ]
    assert change.gate("--against", "main")[0] == 0


def test_a_better_state_is_said_and_adopting_it_tightens_the_baseline(
    change: Change, file: Path
) -> None:
    change.commit({"reports/junit.xml": junit(6)})
    code, said = change.gate("--baseline", file)
    assert code == TIGHTER.code
    assert said["tighten"] == ["code.many: tests.executed was 4 tests and is 6 tests"]
    assert change.gate("--adopt", file)[0] == 0
    change.commit({"reports/junit.xml": junit(5)})
    assert change.gate("--baseline", file)[0] == 1


def test_a_baseline_is_never_loosened(change: Change, file: Path) -> None:
    before = file.read_bytes()
    change.commit({"compose.yaml": SECRET})
    code, said = change.gate("--adopt", file)
    assert (code, items(said["new_blockers"])) == (LOOSER.code, {"code.secrets": "code"})
    change.commit({"compose.yaml": CLEAN, "reports/junit.xml": None})
    assert change.gate("--adopt", file)[0] == 3
    assert file.read_bytes() == before


def test_a_lost_report_of_an_item_that_is_no_blocker_is_lost_evidence_too(
    repository: Repository, tmp_path: Path
) -> None:
    change = Change(repository)
    change.base_also(
        {"readiness/checklist.yaml": CHECKLIST.replace("severity: blocker", "severity: nice")}
    )
    assert change.gate("--adopt", tmp_path / FILE)[0] == 0
    change.commit({"reports/junit.xml": None})
    code, said = change.gate("--baseline", tmp_path / FILE)
    assert (code, set(items(said["evidence_lost"]))) == (3, {"code.tests", "code.many"})


def test_rules_that_changed_since_are_listed_and_not_obeyed(change: Change, file: Path) -> None:
    change.commit(
        {
            "compose.yaml": SECRET,
            "readiness/checklist.yaml": CHECKLIST.replace("severity: blocker", "severity: nice"),
            "readiness/waivers.yaml": WAIVER.format(item="code.secrets", expires=LATER),
        }
    )
    code, said = change.gate("--baseline", file)
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})
    assert {p["what"] for p in said["policy"]} == {"checklist", "waivers"}


def test_another_version_of_the_auditor_is_named_as_the_cause(change: Change, file: Path) -> None:
    altered(file, tool_version="0.0.1")
    change.commit({"compose.yaml": SECRET})
    code, said = change.gate("--baseline", file)
    assert (code, items(said["new_blockers"])) == (TOOL.code, {"code.secrets": TOOL.cause})
    assert said["new_blockers"][0]["text"].startswith("the auditor was 0.0.1 and is ")


def test_what_changed_without_a_commit_is_the_environment(change: Change, tmp_path: Path) -> None:
    change.base_also({".gitignore": "reports/\n", "reports/junit.xml": None})
    change.repository.write("reports/junit.xml", junit(4))
    assert change.gate("--adopt", tmp_path / FILE)[0] == 0
    change.repository.write("reports/junit.xml", junit(4, failed=1))
    code, said = change.gate("--baseline", tmp_path / FILE)
    assert (code, items(said["new_blockers"])) == (
        ENVIRONMENT.code,
        {"code.tests": ENVIRONMENT.cause},
    )


def test_a_waiver_that_runs_out_overnight_fails_the_gate_of_the_same_commit(
    change: Change, tmp_path: Path
) -> None:
    tonight = datetime(2026, 3, 1, 23, tzinfo=UTC)
    waiver = WAIVER.format(item="code.secrets", expires=(tonight + timedelta(hours=1)).isoformat())
    change.base_also({"compose.yaml": SECRET, "readiness/waivers.yaml": waiver})
    options = Options(change.root, only=("infra.compose",))
    assert adopt(options, tmp_path / FILE, now=tonight)[1]
    before = gate_baseline(options, tmp_path / FILE, now=tonight).report.gate
    after = gate_baseline(options, tmp_path / FILE, now=tonight + timedelta(hours=2)).report.gate
    assert before is not None
    assert after is not None
    assert (before.exit_code, after.exit_code) == (0, OVERNIGHT.code)
    assert [(c.item, c.before, c.cause) for c in after.new_blockers] == [
        ("code.secrets", "waived", OVERNIGHT.cause)
    ]


def test_adopting_counts_todays_waivers_and_drops_those_that_have_run_out(
    change: Change, file: Path
) -> None:
    waiver = WAIVER.format(item="code.secrets", expires=LATER)
    change.commit({"compose.yaml": SECRET, "readiness/waivers.yaml": waiver})
    assert change.gate("--adopt", file) == (0, None)
    assert change.gate("--baseline", file)[0] == 0
    change.commit({"readiness/waivers.yaml": waiver.replace("2099", "2020")})
    assert change.gate("--adopt", file)[0] == 1


def test_a_baseline_newer_than_the_head_is_compared_like_any_other(
    change: Change, tmp_path: Path
) -> None:
    change.base_also({"compose.yaml": SECRET})
    change.commit({"compose.yaml": CLEAN})
    assert change.gate("--adopt", tmp_path / FILE)[0] == 0
    change.repository.git("checkout", "-q", "main")
    code, said = change.gate("--baseline", tmp_path / FILE)
    assert (code, items(said["new_blockers"])) == (NEWER.code, {"code.secrets": NEWER.cause})


def test_a_baseline_in_the_repository_does_not_make_its_own_change_a_blocker(
    change: Change,
) -> None:
    assert change.gate("--adopt", change.root / "readiness" / FILE)[0] == 0
    change.commit({})
    assert change.gate("--baseline", change.root / "readiness" / FILE)[0] == 0


def bundle_of_main(change: Change, folder: Path) -> Path:
    """A bundle of a run on main whose reports are not committed."""
    change.base_also({".gitignore": "reports/\n", "reports/junit.xml": None})
    change.repository.write("reports/junit.xml", junit(4))
    run("audit", change.root, "--bundle", folder)
    return folder


def test_a_bundle_of_the_base_has_the_reports_that_a_clean_checkout_lacks(
    change: Change, tmp_path: Path
) -> None:
    folder = bundle_of_main(change, tmp_path / "bundle")
    assert change.gate("--baseline", folder)[0] == 0
    change.commit({"app/price.py": SOURCE + "# more\n"})
    change.repository.write("reports/junit.xml", junit(4, failed=2))
    code, said = change.gate("--baseline", folder)
    assert (code, items(said["new_blockers"])) == (1, {"code.tests": "code"})
    code, said = change.gate("--against", "main")
    assert (code, list(items(said["still_open"]))) == (0, ["code.tests"])
    assert any("could not be judged at the base" in note for note in said["notes"])


def test_a_bundle_that_was_altered_is_no_base(change: Change, tmp_path: Path) -> None:
    folder = bundle_of_main(change, tmp_path / "bundle")
    (folder / "evidence" / "reports.tests.json").unlink()
    code, said = change.gate("--baseline", folder)
    assert code == ALTERED.code
    assert f"{ALTERED.says}: evidence/reports.tests.json is missing" in said


def test_a_report_is_refused_as_a_base_and_the_bundle_is_asked_for(
    change: Change, tmp_path: Path
) -> None:
    folder = bundle_of_main(change, tmp_path / "bundle")
    code, said = change.gate("--baseline", folder / "report.json")
    assert code == 2
    assert "--bundle DIR" in said
    assert "--adopt FILE" in said


def test_the_baseline_of_another_repository_is_refused(
    change: Change, file: Path, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "billing")
    other.write("README.md", "# Billing\n")
    other.commit()
    code, said = gate(other.root, "--baseline", file)
    assert code == OTHER_REPOSITORY.code
    assert OTHER_REPOSITORY.says in said


def test_a_baseline_without_items_decides_nothing(change: Change, file: Path) -> None:
    code, said = change.gate("--baseline", altered(file, items=[]))
    assert code == EMPTY.code
    assert EMPTY.says in said


def test_a_baseline_from_the_future_is_refused(change: Change, file: Path) -> None:
    code, said = change.gate("--baseline", altered(file, started_at=LATER))
    assert code == FUTURE.code
    assert FUTURE.says in said


def test_a_baseline_of_another_extent_is_refused(change: Change, file: Path) -> None:
    code, said = gate(change.root, "--only", "repo.*", "--baseline", file)
    assert code == EXTENT.code
    assert EXTENT.says in said


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"baseline_version": "1"}', "\x00\xff"])
def test_a_file_that_is_no_baseline_is_refused_with_the_command_that_writes_one(
    change: Change, tmp_path: Path, text: str
) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    code, said = change.gate("--baseline", tmp_path / FILE)
    assert code == NO_BASELINE.code
    assert NO_BASELINE.says in said


def test_a_baseline_that_is_not_there_is_wrong_use(change: Change, tmp_path: Path) -> None:
    code, said = change.gate("--baseline", tmp_path / "gone.json")
    assert code == 2
    assert "cannot be read" in said


def test_a_baseline_that_the_change_loosens_is_read_from_the_base(change: Change) -> None:
    place = change.root / "readiness" / FILE
    assert change.gate("--adopt", place)[0] == 0
    change.base_also({})
    change.commit({"compose.yaml": SECRET})
    place.unlink()
    assert change.gate("--adopt", place) == (0, None), "as somebody does who loosens it"
    change.commit({})
    code, said = change.gate("--baseline", place)
    assert code == 0
    assert "Add --against REF" in said["integrity"][-1]
    both = ("--baseline", place, "--against", "main")
    code, said = change.gate(*both)
    assert (code, items(said["new_blockers"])) == (LOOSENED.code, {"code.secrets": LOOSENED.cause})
    assert [(p["what"], p["text"]) for p in said["policy"]] == [
        ("baseline", f"readiness/{FILE} is another than at the base")
    ]
    change.commit({f"readiness/{FILE}": None})
    assert change.gate(*both)[1]["policy"][0]["text"].endswith("is removed")
    change.repository.git("checkout", "-q", "main")
    assert change.gate(*both)[0] == 0


def test_a_baseline_that_the_change_brings_is_none_yet(change: Change, tmp_path: Path) -> None:
    place = change.root / "readiness" / FILE
    assert change.gate("--adopt", place)[0] == 0
    change.commit({})
    code, said = change.gate("--baseline", place, "--against", "main")
    assert code == NOT_YET.code
    assert NOT_YET.says in said
    for elsewhere in (tmp_path / FILE, change.root / "readiness"):
        code, said = change.gate("--baseline", elsewhere, "--against", "main")
        assert code == 2
        assert "--runs DIR" in said


def test_the_tier_of_a_baseline_is_the_one_that_it_was_made_with(
    change: Change, tmp_path: Path
) -> None:
    tiered = CHECKLIST + "tiers: {low: {title: Low, leave_out: {code.secrets: nobody uses it}}}\n"
    named = "service: orders\nchecklist: readiness/checklist.yaml\ntier: low\n"
    change.base_also(
        {"compose.yaml": SECRET, "readiness/checklist.yaml": tiered, "auditor.yaml": named}
    )
    assert change.gate("--adopt", tmp_path / FILE)[0] == 0
    assert change.gate("--baseline", tmp_path / FILE)[0] == 0
    run("audit", change.root, "--bundle", tmp_path / "bundle")
    assert change.gate("--baseline", tmp_path / "bundle")[0] == 0


def test_an_item_is_a_new_blocker_from_its_date_on(change: Change, tmp_path: Path) -> None:
    eve = datetime(2026, 5, 31, 22, tzinfo=UTC)
    dated = CHECKLIST.replace(
        "            severity: blocker\n",
        '            severity: blocker\n            effective_from: "2026-06-01"\n',
    )
    change.base_also({"compose.yaml": SECRET, "readiness/checklist.yaml": dated})
    options = Options(change.root, only=("infra.compose",))
    assert adopt(options, tmp_path / FILE, now=eve)[1]
    before = gate_baseline(options, tmp_path / FILE, now=eve).report.gate
    after = gate_baseline(options, tmp_path / FILE, now=eve + timedelta(hours=3)).report.gate
    assert before is not None
    assert after is not None
    assert (before.exit_code, after.exit_code) == (0, IN_FORCE.code)
    assert ("code.secrets", "pending", IN_FORCE.cause) in [
        (c.item, c.before, c.cause) for c in after.new_blockers
    ]
