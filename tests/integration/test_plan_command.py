"""`auditor plan`: from a bundle or an audit, with the efforts that people state, in every form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.checklist.shipped import schema_path
from tests.integration.gate_world import LOOKING, SOUND
from tests.integration.plan_world import kept, run
from tests.repositories import Repository

MONDAY = ("--start", "2026-03-02")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Nothing but a README is there: 20 % of 100."""
    return kept(tmp_path / "evidence", words=120)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder without an auditor.yaml."""
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def planned(bundle: Path, path: Path, *args: str) -> Any:
    done = run("plan", path, "--bundle", bundle, *MONDAY, "--format", "json", *args)
    assert done.exit_code in (0, 1), done.output
    made = json.loads(done.stdout)
    jsonschema.validate(made, json.loads(schema_path("plan").read_text(encoding="utf-8")))
    return made


def ids(made: Any) -> list[str]:
    return [i["id"] for s in made["steps"] for i in s["items"]]


def test_the_cheapest_way_to_ready_with_the_blocker_first(bundle: Path, empty: Path) -> None:
    """What is left is worth 20 and four times 15 points; 60 are needed, and the blocker."""
    made = planned(bundle, empty)
    assert made["now"]["proven"] == 20
    assert ids(made) == ["code.load", "code.latency", "docs.runbook", "code.todo"]
    assert made["steps"][0]["title"] == "Probe reports.load"
    assert (made["hours"], made["end"]["proven"], made["end"]["level"]) == (22, 85, "ready")
    assert made["calendar"] | {"finish": "2026-03-04", "days": 3} == made["calendar"]


def test_all_of_it(bundle: Path, empty: Path) -> None:
    made = planned(bundle, empty, "--to", "100")
    assert (made["end"]["level"], made["end"]["proven"], made["left_out"]) == ("perfect", 100, [])
    assert planned(bundle, empty, "--to", "perfect") == made


def test_efforts_come_from_the_command_line_then_the_file_then_the_checklist(
    bundle: Path, empty: Path
) -> None:
    text = "effort: {code.tests: 1h, code.latency: 90m, code.load: 5h}\n"
    (empty / "auditor.yaml").write_text(text, encoding="utf-8")
    made = planned(
        bundle, empty, "--to", "100", "--effort", "code.load=2h", "--default-effort", "3"
    )
    efforts = {i["id"]: (i["hours"], i["effort_source"]) for s in made["steps"] for i in s["items"]}
    assert efforts == {
        "code.load": (2, "command line"),
        "code.latency": (1.5, "auditor.yaml"),
        "code.tests": (1, "auditor.yaml"),
        "code.todo": (3, "assumed"),
        "docs.runbook": (4, "checklist"),
    }


def test_the_efforts_of_another_service_are_left_aside(bundle: Path, empty: Path) -> None:
    (empty / "auditor.yaml").write_text("service: x\neffort: {code.tests: 1h}\n", encoding="utf-8")
    made = planned(bundle, empty)
    assert any("The efforts in auditor.yaml are those of x" in n for n in made["notes"])
    named = planned(bundle, empty, "--config", str(empty / "auditor.yaml"))
    assert named["notes"] != made["notes"]
    assert "code.tests" in ids(named)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("code.test", "auditor.yaml: effort: no item is called 'code.test'. Did you mean 'code.tests'?"),
        ("1.1.3", "no item is called '1.1.3'. Number 1.1.3 is code.tests."),
        ("docs.runbook.steps", "docs.runbook.steps is a part of docs.runbook; give the effort of that."),
    ],
)  # fmt: skip
def test_an_effort_of_no_item_is_refused(bundle: Path, empty: Path, name: str, said: str) -> None:
    (empty / "auditor.yaml").write_text(f"effort: {{'{name}': 1h}}\n", encoding="utf-8")
    done = run("plan", empty, "--bundle", bundle)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    (empty / "auditor.yaml").unlink()
    done = run("plan", empty, "--bundle", bundle, "--effort", f"{name}=1h")
    assert (done.exit_code, said.removeprefix("auditor.yaml: effort: ") in done.output) == (2, True)


def test_what_cannot_be_reached_is_explained_and_is_no_success(bundle: Path, empty: Path) -> None:
    done = run("plan", empty, "--bundle", bundle, "--without", "code.l*")
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "It cannot be reached: code.load is left out, and ready needs it (open blocker)" in said
    assert "At most 70 % can be proven with what may be done, and ready needs 80 %" in said


def test_a_waiver_that_ends_meanwhile_is_no_help(tmp_path: Path, empty: Path) -> None:
    seen = {"words": 120, "load_p95": 200, "tests_failed": 0, "runbook": 1, "todo": 0}
    for day, expected in (("2026-03-02", ["code.load"]), ("2026-04-02", [])):
        folder = kept(tmp_path / day, waived=f"{day}T23:00:00+00:00", **seen)
        made = planned(folder, empty)
        assert made["now"]["level"] == "ready"
        assert ids(made) == expected


def test_days_go_by_the_hours_and_the_weekends(bundle: Path, empty: Path) -> None:
    made = planned(bundle, empty, "--hours-per-day", "4", "--start", "2026-03-07")
    assert (made["calendar"]["start"], made["calendar"]["finish"]) == ("2026-03-09", "2026-03-16")
    made = planned(bundle, empty, "--hours-per-day", "4", "--start", "2026-03-07", "--weekends")
    assert (made["calendar"]["start"], made["calendar"]["finish"]) == ("2026-03-07", "2026-03-12")


def test_every_form_into_a_file_and_one_on_stdout(
    bundle: Path, empty: Path, tmp_path: Path
) -> None:
    forms = [f"--format={n}={tmp_path / n}" for n in ("html", "json", "markdown", "terminal")]
    done = run("plan", empty, "--bundle", bundle, *MONDAY, *forms, "--format=markdown")
    assert done.exit_code == 0
    assert done.stdout == (tmp_path / "markdown").read_text(encoding="utf-8")
    assert (tmp_path / "html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "STEP" in (tmp_path / "terminal").read_text(encoding="utf-8")
    assert f"json plan: {tmp_path / 'json'}" in done.stderr
    quiet = run("plan", empty, "--bundle", bundle, "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--to", "90"], "'90' is not one of"),
        (["--hours-per-day", "0"], "must be more than 0"),
        (["--hours-per-day", "much"], "is not hours of work"),
        (["--effort", "code.load"], "is not ITEM=HOURS"),
        (["--effort", "code.load=-1"], "is not hours of work"),
        (["--effort", "code.load=9999999h"], "is more than 100,000 hours"),
        (["--start", "tomorrow"], "is no date"),
        (["--start", "9999-12-31"], "after the year 9999"),
        (["--without", "code.x"], "selects no item"),
        (["--format", "htlm"], "Did you mean 'html'?"),
        (["--format", "html", "--format", "json"], "Only one --format may go to stdout"),
        (["--format", "html=no/such/folder.html"], "does not exist"),
        (["--bundle", "nothing"], "nothing is not a folder"),
    ],
)
def test_wrong_use_is_explained(bundle: Path, empty: Path, args: list[str], said: str) -> None:
    done = run("plan", empty, "--bundle", bundle, *args)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_without_a_bundle_it_audits_first(repository: Repository) -> None:
    for name, text in SOUND.items():
        repository.write(name, text)
    repository.commit()
    done = run("plan", repository.root, "--offline", "--no-cache", *LOOKING, *MONDAY, "--to", "100", "--quiet", "--format", "json")  # fmt: skip
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert "code.oncall" in ids(made)
    assert made["end"]["level"] == "perfect"
