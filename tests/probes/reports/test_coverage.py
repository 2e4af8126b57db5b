"""What reports.coverage says of the reports that it finds."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.coverage import coverage

APP = "def add(a, b):\n    c = a + b\n    return c\n"
GO = 'package main\n\nfunc main() {\n\tprintln("x")\n}\n'
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
        "coverage.files": 2,
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


def test_false_green_source_of_a_language_that_no_report_measures_leaves_the_number_unknown() -> (
    None
):
    evidence = seen(xml({"app/main.py": [1], "app/more.py": [1]}), FILES | {"server/main.go": GO})
    assert "coverage.unmeasured_files" not in values(evidence)
    assert problems(evidence) == ["vacuous"]
    (problem,) = evidence.problems
    assert problem.facts == ("coverage.unmeasured_files",)
    assert "server/main.go" in problem.message
    assert "go test" in problem.hint


def test_a_file_that_is_missing_in_a_measured_language_is_a_fact_whatever_the_others() -> None:
    evidence = seen(xml({"app/main.py": [1]}), FILES | {"server/main.go": GO})
    assert values(evidence)["coverage.unmeasured_files"] == 1


def test_a_report_of_another_language_says_nothing_of_this_one() -> None:
    profile = "mode: set\nexample.com/shop/server/main.go:3.13,5.2 1 1\n"
    files = FILES | {"server/main.go": GO, "go.mod": "module example.com/shop\n"}
    evidence = run_probe(coverage, repo=FakeTree(files, ignored={"coverage.out": profile}))
    assert values(evidence)["coverage.line_percent"] == 100.0
    assert "coverage.unmeasured_files" not in values(evidence)
    assert level(evidence, "coverage.line_percent") == "effective"
    stray = run_probe(coverage, repo=FakeTree(FILES, ignored={"coverage.out": profile}))
    assert values(stray) == {}
    assert problems(stray) == ["vacuous", "not_configured"]


def test_false_green_a_fresh_report_of_one_language_does_not_vouch_for_a_stale_one() -> None:
    files = FILES | {"web/a.ts": "export const a = () => 1;\n"}
    fresh = xml({"web/a.ts": [1]})
    old = xml({"app/main.py": [1], "app/more.py": [1]}, NOW - timedelta(days=3))
    tree = FakeTree(files, ignored={"reports/web.xml": fresh, "reports/coverage.xml": old})
    evidence = run_probe(coverage, repo=tree)
    assert values(evidence)["coverage.unmeasured_files"] == 0
    assert level(evidence, "coverage.unmeasured_files") == "effective"


def test_glue_scripts_and_files_of_types_alone_need_no_measurement() -> None:
    files = FILES | {
        "run.sh": "set -e\npython -m app.main\n",
        "app/types.pyi": "def add(a: int, b: int) -> int: ...\n",
        "setup.py": "from setuptools import setup\nsetup(name='app')\n",
    }
    evidence = seen(xml({"app/main.py": [1], "app/more.py": [1]}), files)
    assert values(evidence)["coverage.unmeasured_files"] == 0
    assert problems(evidence) == []


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


def test_false_green_a_gate_in_a_comment_or_in_a_section_that_nobody_reads_is_none() -> None:
    files = FILES | {"pyproject.toml": "# fail_under = 25\n[coverage.report]\nfail_under = 30\n"}
    assert "coverage.configured_threshold" not in values(run_probe(coverage, repo=files))


def test_settings_that_cannot_be_read_hide_the_gate() -> None:
    evidence = run_probe(coverage, repo=FILES | {"pyproject.toml": "[tool.coverage.report"})
    hiding = [p for p in evidence.problems if p.facts == ("coverage.configured_threshold",)]
    assert [p.kind for p in hiding] == [ProblemKind.MALFORMED]


def test_false_green_a_file_that_is_listed_without_lines_is_not_measured() -> None:
    evidence = seen(xml({"app/main.py": [1, 1, 1], "app/more.py": []}))
    assert values(evidence)["coverage.unmeasured_files"] == 1
    assert values(evidence)["coverage.files"] == 1


def test_false_green_a_report_of_longer_files_is_of_another_version() -> None:
    evidence = seen(xml({"app/main.py": [1] * 40, "app/more.py": [1]}))
    assert level(evidence, "coverage.line_percent") == "effective"
    assert "line 40 of app/main.py" in evidence.problems[0].message


def test_false_green_two_entries_for_one_file_count_as_the_worse() -> None:
    evidence = seen(xml({"app/main.py": [1, 1], "/ci/app/main.py": [0, 0], "app/more.py": [1, 1]}))
    assert values(evidence)["coverage.line_percent"] == 50.0


def test_false_green_generated_source_does_not_raise_the_coverage() -> None:
    files = FILES | {"app/stubs.py": "# Code generated by protoc. DO NOT EDIT.\n" + APP}
    evidence = seen(
        xml({"app/main.py": [1, 0], "app/more.py": [1, 0], "app/stubs.py": [1, 1, 1, 1]}), files
    )
    assert values(evidence)["coverage.line_percent"] == 50.0
    assert values(evidence)["coverage.unmeasured_files"] == 0


def test_false_green_of_several_reports_none_hides_the_worse() -> None:
    both = {
        "reports/a.xml": xml({"app/main.py": [1, 1, 1], "app/more.py": [1, 1, 1]}),
        "reports/b.xml": xml({"app/main.py": [1, 0, 0], "app/more.py": [1, 0, 0]}),
    }
    evidence = run_probe(coverage, repo=FakeTree(FILES, ignored=both))
    found = [f.value for f in evidence.facts if f.key == "coverage.line_percent"]
    assert found == [100.0, 33.3333]


def test_an_lcov_report_is_at_most_effective_and_the_hint_names_a_format_with_a_time() -> None:
    lcov = "TN:\nSF:app/main.py\nDA:1,1\nDA:2,0\nend_of_record\nSF:app/more.py\nDA:1,1\nend_of_record\n"
    tree = FakeTree(FILES, ignored={"coverage/lcov.info": lcov})
    evidence = run_probe(coverage, repo=tree)
    assert values(evidence)["coverage.line_percent"] == 66.6667
    assert "coverage.branch_percent" not in values(evidence)
    assert level(evidence, "coverage.line_percent") == "effective"
    assert "--cov-report=xml" in evidence.problems[0].hint


def test_a_report_without_time_is_no_trouble_beside_a_stronger_one_of_the_same_files() -> None:
    lcov = "SF:app/main.py\nDA:1,1\nend_of_record\n"
    tree = FakeTree(FILES, ignored={
        "coverage/lcov.info": lcov,
        "reports/coverage.xml": xml({"app/main.py": [1], "app/more.py": [1]}),
    })  # fmt: skip
    evidence = run_probe(coverage, repo=tree)
    assert problems(evidence) == []
    assert level(evidence, "coverage.unmeasured_files") == "reported"


JAVA = "package acme;\n\nclass A {\n    int one() {\n        return 1;\n    }\n}\n"


def jacoco(hits: int, made: datetime = NOW) -> str:
    """A JaCoCo report over acme/A.java with one line that ran `hits` instructions."""
    return (
        f'<report name="m"><sessioninfo id="a" start="1" dump="{int(made.timestamp() * 1000)}"/>'
        f'<package name="acme"><sourcefile name="A.java"><line nr="3" mi="0" ci="1" mb="0" cb="0"/>'
        f'<line nr="5" mi="{1 - hits}" ci="{hits}" mb="0" cb="0"/></sourcefile></package></report>'
    )


def test_jacoco_reports_of_the_modules_of_a_build_are_found_and_dated_by_their_oldest_session() -> (
    None
):
    java = {"core/src/main/java/acme/A.java": JAVA}
    place = "core/target/site/jacoco/jacoco.xml"
    evidence = run_probe(coverage, repo=FakeTree(java, ignored={place: jacoco(0)}))
    assert values(evidence)["coverage.line_percent"] == 50.0
    assert values(evidence)["coverage.unmeasured_files"] == 0
    assert level(evidence, "coverage.line_percent") == "reported"
    old = jacoco(1, NOW - timedelta(days=9))
    stale = run_probe(coverage, repo=FakeTree(java, ignored={place: old}))
    assert level(stale, "coverage.line_percent") == "effective"


def test_the_command_that_is_named_is_that_of_the_targets_own_stack() -> None:
    evidence = run_probe(coverage, repo={"src/main/java/acme/A.java": JAVA})
    assert "jacoco" in evidence.problems[-1].hint


def test_a_summary_of_istanbul_with_foreign_keys_is_refused() -> None:
    part = {"total": 9, "covered": 9, "skipped": 0, "pct": 100}
    totals = {"lines": part, "statements": part, "functions": part, "branches": part}
    summary = {"total": totals | {"grade": "A"}, "app/main.py": totals}
    tree = FakeTree(FILES, ignored={"coverage/coverage-summary.json": json.dumps(summary)})
    evidence = run_probe(coverage, repo=tree)
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed", "not_configured"]


def test_false_green_a_hollow_repository_passes_nothing() -> None:
    hollow = {
        "coverage.xml": "<coverage/>",
        "coverage/lcov.info": "TN:\n",
        "coverage.out": "mode: set\n",
        "reports/jacoco.xml": '<report name="x"><counter type="LINE" missed="0" covered="9"/></report>',
        "reports/clover.xml": '<coverage generated="1"><project/></coverage>',
        "coverage/coverage-final.json": "{}",
        "app/main.py": "",
    }
    evidence = run_probe(coverage, repo=hollow)
    assert values(evidence) == {}
    assert evidence.problems


@pytest.mark.parametrize("name", ["coverage.xml", "coverage.json", "reports/coverage-final.json"])
def test_a_file_with_the_name_of_a_report_that_is_none_is_named(name: str) -> None:
    evidence = run_probe(coverage, repo=FakeTree({"app.py": "x = 1\n"}, ignored={name: "{"}))
    assert problems(evidence) == ["malformed"]
    assert f"{name} has the name of one" in evidence.problems[0].message
    assert values(evidence) == {}
