"""What reports.pip_audit says of declared packages and of pip-audit's answers."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.reports.pip_audit import pip_audit

APP = "def f():\n    return 1\n"


def answer(
    *, vulnerable: Sequence[str] = (), skipped: Sequence[str] = (), clean: Sequence[str] = ()
) -> str:
    """pip-audit's JSON."""
    advisory = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": []}
    rows: list[dict[str, object]] = [
        {"name": n, "version": "1", "vulns": [advisory]} for n in vulnerable
    ]
    rows += [{"name": n, "skip_reason": "not found"} for n in skipped]
    rows += [{"name": n, "version": "1", "vulns": []} for n in clean]
    return json.dumps({"dependencies": rows, "fixes": []})


def seen(files: dict[str, str], code: int = 0, out: str = "", **more: object) -> Evidence:
    """Run the probe with a made-up pip-audit."""
    return run_probe(
        pip_audit, repo={"app.py": APP} | files, commands={"pip-audit": (code, out)}, **more
    )


def test_present_pins_are_audited_and_observed() -> None:
    evidence = seen({"requirements.txt": "one==1\ntwo==1\n"}, out=answer(clean=["one", "two"]))
    assert values(evidence) == {
        "dependencies.declared": 2,
        "dependencies.unpinned": 0,
        "dependencies.audited": 2,
        "dependencies.unaudited": 0,
        "dependencies.vulnerable": 0,
    }
    assert {f.level.value for f in evidence.facts} == {"observed"}


def test_missing_manifest_is_said() -> None:
    evidence = seen({})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_an_empty_repository_has_nothing_to_audit() -> None:
    assert problems(run_probe(pip_audit, repo={})) == ["vacuous"]


def test_a_malformed_lock_file_is_no_clean_result() -> None:
    evidence = seen({"poetry.lock": "[[package\n"}, out=answer())
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_missing_tool_leaves_only_what_is_declared() -> None:
    evidence = run_probe(pip_audit, repo={"app.py": APP, "requirements.txt": "one==1\n"})
    assert "dependencies.vulnerable" not in values(evidence)
    assert problems(evidence) == ["tool_missing"]


def test_offline_nothing_is_looked_up() -> None:
    evidence = seen(
        {"requirements.txt": "one==1\n"}, out=answer(clean=["one"]), looking=Looking(offline=True)
    )
    assert problems(evidence) == ["denied"]
    assert "dependencies.vulnerable" not in values(evidence)


def test_a_manifest_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "requirements.txt could not be read.")
    evidence = run_probe(pip_audit, repo={"app.py": APP, "requirements.txt": denied})
    assert problems(evidence) == ["denied"]


def test_a_vulnerable_package_is_a_finding_with_its_fix() -> None:
    evidence = seen({"requirements.txt": "one==1\n"}, 1, answer(vulnerable=["one"]))
    assert values(evidence)["dependencies.vulnerable"] == 1
    assert evidence.findings[0].rule == "PYSEC-1"
    assert "2.0" in evidence.findings[0].message


def test_false_green_no_known_vulnerabilities_where_all_were_skipped() -> None:
    evidence = seen({"requirements.txt": "one==1\n"}, out=answer(skipped=["one"]))
    assert "dependencies.vulnerable" not in values(evidence)
    assert values(evidence)["dependencies.unaudited"] == 1
    assert problems(evidence) == ["vacuous"]


def test_what_was_not_looked_up_is_not_counted_as_suppressed() -> None:
    evidence = seen({"requirements.txt": "one==1\n"}, out=answer(skipped=["one"]))
    silenced = (".suppressed", ".excluded_lines", ".skipped")
    assert [f.key for f in evidence.facts if f.key.endswith(silenced)] == []


def test_a_damaged_report_is_said_beside_a_good_run() -> None:
    tree = FakeTree(
        {"app.py": APP, "requirements.txt": "one==1\n"},
        ignored={"reports/pip-audit.json": answer(clean=["one"])[:-5]},
    )
    evidence = run_probe(pip_audit, repo=tree, commands={"pip-audit": (0, answer(clean=["one"]))})
    assert values(evidence)["dependencies.vulnerable"] == 0
    assert problems(evidence) == ["malformed"]
    assert "reports/pip-audit.json" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("files", "step"),
    [
        ({"main.go": "package main\n" * 9}, "osv-scanner"),
        ({"a.js": "f()\n" * 9, "package-lock.json": "{}"}, "npm audit"),
    ],
)
def test_the_next_step_of_another_language_makes_a_report_that_is_read(
    files: dict[str, str], step: str
) -> None:
    evidence = run_probe(pip_audit, repo=files)
    assert values(evidence) == {}
    assert step in evidence.problems[0].hint


def test_false_green_a_package_that_the_report_does_not_name_was_not_audited() -> None:
    evidence = seen({"requirements.txt": "one==1\ntwo==1\n"}, out=answer(clean=["one"]))
    assert "dependencies.vulnerable" not in values(evidence)


def test_false_green_exit_code_one_without_a_report_is_a_failure_not_a_result() -> None:
    evidence = seen({"requirements.txt": "one==1\n"}, 1, "connection refused")
    assert problems(evidence) == ["unreachable"]


def test_false_green_the_manifest_that_the_image_installs_is_audited() -> None:
    files = {
        "requirements.txt": "one==1\n",
        "deploy/requirements-prod.txt": "two==1\n",
        "Dockerfile": "FROM python:3.12\nCOPY deploy/requirements-prod.txt .\nRUN pip install -r requirements-prod.txt\n",
    }
    evidence = seen(files, out=answer(clean=["two"]))
    declared = next(f for f in evidence.facts if f.key == "dependencies.declared")
    assert [place.path for place in declared.locations] == ["deploy/requirements-prod.txt"]


def test_unpinned_requirements_are_counted() -> None:
    evidence = seen({"requirements.txt": "one\ntwo==1\n"}, out=answer(clean=["two"]))
    assert values(evidence)["dependencies.unpinned"] == 1
    assert "dependencies.vulnerable" not in values(evidence)


def test_a_committed_report_is_at_most_effective() -> None:
    report = answer(clean=["one"])
    evidence = run_probe(
        pip_audit,
        repo=FakeTree(
            {"app.py": APP, "requirements.txt": "one==1\n", "reports/audit.json": report}
        ),
    )
    fact = next(f for f in evidence.facts if f.key == "dependencies.vulnerable")
    assert fact.level.value == "effective"


def test_included_files_count() -> None:
    files = {"requirements.txt": "-r base.txt\none==1\n", "base.txt": "two==1\n"}
    assert values(seen(files, out=answer(clean=["one", "two"])))["dependencies.declared"] == 2


def test_development_requirements_are_left_out() -> None:
    files = {"requirements.txt": "one==1\n", "requirements-dev.txt": "pytest==1\n"}
    assert values(seen(files, out=answer(clean=["one"])))["dependencies.declared"] == 1
