"""`auditor diff`: two bundles, two reports, or one of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli.group import cli
from tests.integration.gate_world import SECRET, SOURCE, Change, run
from tests.repositories import Repository


@pytest.fixture
def two(repository: Repository, tmp_path: Path) -> tuple[Path, Path]:
    """The bundles of two commits: a secret more, and one TODO more than the one before."""
    change = Change(repository)
    change.base_also({"app/price.py": "# TODO: one\n" + SOURCE})
    folders = tmp_path / "before", tmp_path / "after"
    run("audit", change.root, "--bundle", folders[0])
    change.commit({"compose.yaml": SECRET, "app/more.py": "# TODO: two\n" + SOURCE})
    run("audit", change.root, "--bundle", folders[1])
    return folders


def diff(*args: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["diff", *map(str, args)])
    return done.exit_code, done.output


def as_json(*args: str | Path) -> Any:
    code, said = diff(*args, "--format", "json")
    assert code == 0, said
    return json.loads(said)


def test_two_bundles_tell_changed_items_and_what_is_worse_inside_open_ones(
    two: tuple[Path, Path],
) -> None:
    made = as_json(*two)
    assert [(c["item"], c["from"], c["to"], c["cause"]) for c in made["changes"]] == [
        ("code.secrets", "pass", "fail", "code")
    ]
    assert [c["item"] for c in made["new_open"]] == ["code.secrets"]
    assert {(w["item"], w["kind"]) for w in made["worse"]} >= {("code.markers", "finding")}
    assert made["before"]["commit"] != made["after"]["commit"]


def test_two_reports_tell_changed_items_alike(two: tuple[Path, Path]) -> None:
    reports = [folder / "report.json" for folder in two]
    assert as_json(*reports)["changes"] == as_json(*two)["changes"]
    assert as_json(two[0], reports[1])["changes"] == as_json(*two)["changes"]


def test_the_other_way_round_the_blocker_is_resolved(two: tuple[Path, Path]) -> None:
    made = as_json(*reversed(two))
    assert [c["item"] for c in made["resolved"]] == ["code.secrets"]
    assert made["new_open"] == []


def test_a_bundle_or_a_report_compared_with_itself_differs_in_nothing(
    two: tuple[Path, Path],
) -> None:
    for side in (two[1], two[1] / "report.json"):
        made = as_json(side, side)
        assert (made["changes"], made["worse"]) == ([], [])
        code, said = diff(side, side)
        assert code == 0
        assert "no item differs" in " ".join(said.split())


def test_people_read_it_as_lines_or_as_markdown(two: tuple[Path, Path]) -> None:
    _, lines = diff(*two)
    assert "OPEN NOW, AND NOT BEFORE" in lines
    assert "pass -> fail, cause: the code" in " ".join(lines.split())
    assert max(map(len, lines.split("\n"))) <= 100
    _, page = diff(*two, "--format", "markdown")
    assert "## Open now, and not before" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "cannot be read"), ("{}", "is not a JSON report"), ("[", "is not a JSON report")],
)
def test_what_is_no_audit_is_refused(
    two: tuple[Path, Path], tmp_path: Path, text: str | None, message: str
) -> None:
    other = tmp_path / "other.json"
    if text is not None:
        other.write_text(text, encoding="utf-8")
    code, said = diff(two[0], other)
    assert code == 2
    assert message in said
