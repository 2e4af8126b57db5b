"""`auditor history daily`: two kept audits, as a note of the day."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from auditor.checklist.shipped import schema_path
from tests.integration.plan_world import kept, run

BEFORE = {"words": 120, "load_failed": 3, "tests_failed": 0}
AFTER = {"words": 80, "load_failed": 0, "todo": 0}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The load test was mended and the markers are gone; the README shrank, and the test report is lost."""
    monday = kept(tmp_path / "monday", at="2026-03-02T06:00:00+00:00", **BEFORE)
    return monday, kept(tmp_path / "tuesday", at="2026-03-03T06:00:00+00:00", **AFTER)


def test_the_note_tells_what_moved_and_what_comes_next(two: tuple[Path, Path]) -> None:
    done = run("history", "daily", *two, "--format", "json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    jsonschema.validate(made, json.loads(schema_path("daily").read_text(encoding="utf-8")))
    moved = {name: [c["item"] for c in made[name]] for name in ("completed", "newly_broken", "evidence_lost", "newly_open", "other_changes")}  # fmt: skip
    assert moved == {
        "completed": ["code.load", "code.todo"],
        "newly_broken": ["docs.readme"],
        "evidence_lost": ["code.tests"],
        "newly_open": [],
        "other_changes": [],
    }
    assert (made["blockers"]["passed_before"], made["blockers"]["passed"]) == (0, 1)
    assert (made["old"]["proven"], made["new"]["proven"]) == (35, 30)
    assert made["next_steps"][0]["items"] == ["2.1.2 A runbook is there"]


def test_people_read_it_at_80_columns_or_as_markdown(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    done = run("history", "daily", *two)
    assert done.exit_code == 0
    assert max(map(len, done.output.split("\n"))) <= 80
    assert "Blockers resolved: 1 of 1 (+1)" in done.output
    assert "Overall score:     30.0 % proven (-5.0)" in done.output
    page = tmp_path / "DAILY.md"
    done = run("history", "daily", *two, "--format", f"markdown={page}", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert "- [x] 1.1.1 It bears load (blocker, was fail)" in page.read_text(encoding="utf-8")


def test_nothing_moves_from_an_audit_to_itself(two: tuple[Path, Path]) -> None:
    done = run("history", "daily", two[0], two[0])
    assert "COMPLETED\n  - nothing\n" in done.output


def test_stored_runs_tell_the_same_as_their_bundles(two: tuple[Path, Path], tmp_path: Path) -> None:
    place = ("--history", tmp_path / "history.sqlite")
    for folder in two:
        assert run("history", "add", folder, *place).exit_code == 0
    kept_apart = run("history", "daily", *two)
    for sides in (["orders"], ["orders~1", "orders"], ["1", "2"]):
        stored = run("history", "daily", *sides, *place)
        assert (stored.exit_code, stored.output) == (0, kept_apart.output), stored.output


def test_a_file_is_not_compared_with_a_run_and_one_alone_with_nothing(
    two: tuple[Path, Path],
) -> None:
    for sides, said in (((two[0],), "name the newer audit too"), ((two[0], "orders"), "orders cannot be read")):  # fmt: skip
        done = run("history", "daily", *sides)
        assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), done.output


@pytest.mark.parametrize(
    ("args", "said"),
    [(["nothing.json"], "cannot be read"), (["--format", "html"], "There is no format 'html'")],
)
def test_wrong_use_is_explained(two: tuple[Path, Path], args: list[str], said: str) -> None:
    sides = [*two][: 2 - (not args[0].startswith("-"))]
    done = run("history", "daily", *sides, *args)
    assert (done.exit_code, said in " ".join(done.output.split())) == (2, True)
