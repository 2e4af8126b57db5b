"""What reports.coverage says of the reports that it finds."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from auditor.probing.trouble import Trouble
from probes.reports.coverage import coverage

APP = "def add(a, b):\n    c = a + b\n    return c\n"
FILES = {
    "app/main.py": APP,
    "app/more.py": APP,
    "tests/test_main.py": "def test_a():\n    assert True\n",
}


def xml(hits: dict[str, list[int]], made: datetime = NOW) -> str:
    """A Cobertura report: file → hits per line."""
    classes = "".join(
        f'<class name="{name}" filename="{name}" line-rate="1"><methods/><lines>'
        + "".join(f'<line number="{i}" hits="{h}"/>' for i, h in enumerate(counts, start=1))
        + "</lines></class>"
        for name, counts in hits.items()
    )
    stamp = int(made.timestamp() * 1000)
    lines = [h for counts in hits.values() for h in counts]
    rate = sum(h > 0 for h in lines) / max(1, len(lines))
    return (
        f'<?xml version="1.0" ?><coverage version="7.6" timestamp="{stamp}" line-rate="{rate:.4f}">'
        f'<packages><package name="app"><classes>{classes}</classes></package></packages></coverage>'
    )


def seen(
    report: str | bytes | Trouble, files: dict[str, str] | None = None, **more: object
) -> Evidence:
    """Run the probe with one ignored report in the usual place."""
    tree = FakeTree(files or FILES, ignored={"reports/coverage.xml": report}, **more)  # type: ignore[arg-type]
    return run_probe(coverage, repo=tree)


def level(evidence: Evidence, key: str) -> str:
    """The level of the only fact of that key."""
    return next(f.level.value for f in evidence.facts if f.key == key)


def test_a_fresh_report_is_recounted_and_counts_as_reported() -> None:
    evidence = seen(xml({"app/main.py": [1, 1, 1], "app/more.py": [1, 0, 0]}))
    assert values(evidence) == {
        "coverage.line_percent": 66.6667,
        "coverage.statements": 6,
        "coverage.unmeasured_files": 0,
    }
    assert level(evidence, "coverage.line_percent") == "reported"


def test_no_report_is_said_with_the_command_that_makes_one() -> None:
    evidence = run_probe(coverage, repo=FILES)
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]
    assert "pytest --cov" in evidence.problems[0].hint


def test_an_empty_repository_has_no_coverage() -> None:
    assert values(run_probe(coverage, repo={})) == {}


def test_a_truncated_report_is_malformed_and_gives_no_figure() -> None:
    evidence = seen(xml({"app/main.py": [1]})[:-40])
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed", "not_configured"]


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    evidence = seen(Trouble(ProblemKind.DENIED, "reports/coverage.xml could not be read."))
    assert "denied" in problems(evidence)
    assert values(evidence) == {}


def test_false_green_no_measured_line_is_not_full_coverage() -> None:
    assert "coverage.line_percent" not in values(seen(xml({"app/main.py": []})))


def test_false_green_tests_do_not_raise_the_coverage_of_the_source() -> None:
    evidence = seen(
        xml({"app/main.py": [1, 0], "app/more.py": [0, 0], "tests/test_main.py": [1] * 50})
    )
    assert values(evidence)["coverage.line_percent"] == 25.0


def test_false_green_source_files_that_the_report_leaves_out_are_counted() -> None:
    evidence = seen(xml({"app/main.py": [1, 1, 1]}))
    assert values(evidence)["coverage.unmeasured_files"] == 1
    fact = next(f for f in evidence.facts if f.key == "coverage.unmeasured_files")
    assert [place.path for place in fact.locations] == ["app/more.py"]


def test_false_green_source_of_another_language_is_unmeasured_too() -> None:
    files = FILES | {"server/main.go": 'package main\n\nfunc main() {\n\tprintln("x")\n}\n'}
    evidence = seen(xml({"app/main.py": [1], "app/more.py": [1]}), files)
    assert values(evidence)["coverage.unmeasured_files"] == 1


def test_false_green_a_committed_report_is_at_most_effective() -> None:
    report = xml({"app/main.py": [1], "app/more.py": [1]})
    evidence = run_probe(coverage, repo=FILES | {"reports/coverage.xml": report})
    assert level(evidence, "coverage.line_percent") == "effective"
    assert problems(evidence) == ["stale"]


def test_false_green_a_report_older_than_the_commit_is_at_most_effective() -> None:
    evidence = seen(xml({"app/main.py": [1], "app/more.py": [1]}, NOW - timedelta(days=3)))
    assert level(evidence, "coverage.line_percent") == "effective"


def test_false_green_a_report_from_the_future_is_refused() -> None:
    evidence = seen(xml({"app/main.py": [1], "app/more.py": [1]}, NOW + timedelta(days=3)))
    assert values(evidence) == {}


def test_false_green_a_source_changed_after_the_report_lowers_it() -> None:
    evidence = seen(
        xml({"app/main.py": [1], "app/more.py": [1]}, NOW - timedelta(hours=2)),
        changed=["app/main.py"],
        modified={"app/main.py": NOW - timedelta(hours=1)},
    )
    assert level(evidence, "coverage.line_percent") == "effective"


def test_false_green_branches_that_were_not_measured_are_not_zero_and_not_full() -> None:
    assert "coverage.branch_percent" not in values(
        seen(xml({"app/main.py": [1], "app/more.py": [1]}))
    )


def test_a_json_report_of_another_machine_has_no_usable_time() -> None:
    report = json.dumps(
        {
            "meta": {"version": "7.6.0", "timestamp": "2026-03-02T11:00:00", "branch_coverage": False, "format": 3},
            "files": {
                "app/main.py": {
                    "executed_lines": [1, 2, 3],
                    "missing_lines": [],
                    "excluded_lines": [],
                    "summary": {"covered_lines": 3, "num_statements": 3, "percent_covered": 100.0,
                                "missing_lines": 0, "excluded_lines": 0},
                }
            },
            "totals": {"covered_lines": 3, "num_statements": 3, "percent_covered": 100.0,
                       "missing_lines": 0, "excluded_lines": 0},
        }
    )  # fmt: skip
    tree = FakeTree(FILES, ignored={"coverage.json": report})
    evidence = run_probe(coverage, repo=tree)
    assert values(evidence)["coverage.line_percent"] == 100.0
    assert level(evidence, "coverage.line_percent") == "effective"
    assert problems(evidence) == ["stale"]


def test_two_files_of_one_name_are_told_apart_by_their_folders() -> None:
    files = {"a/models.py": APP, "b/models.py": APP}
    evidence = seen(
        xml({"/build/src/a/models.py": [1, 1], "/build/src/b/models.py": [0, 0]}), files
    )
    assert values(evidence)["coverage.line_percent"] == 50.0
    assert values(evidence)["coverage.unmeasured_files"] == 0


def test_the_lowest_gate_of_the_target_is_a_fact() -> None:
    files = FILES | {"pyproject.toml": "[tool.coverage.report]\nfail_under = 90\n",
                     ".github/workflows/ci.yml": "run: pytest --cov --cov-fail-under=25\n"}  # fmt: skip
    assert values(run_probe(coverage, repo=files))["coverage.configured_threshold"] == 25.0
