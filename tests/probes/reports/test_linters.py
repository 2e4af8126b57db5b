"""What reports.linters says of the reports of ESLint, pylint, golangci-lint, and of linters in SARIF."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.reports.linters import linters

JS = "export const a = 1;\n" * 20
PY = "def f():\n    return 1\n" * 20
GO = "package main\n\nfunc main() {}\n" * 20
ERROR = {"ruleId": "no-undef", "severity": 2, "message": "'x' is not defined.", "line": 3}
WARNING = {"ruleId": "eqeqeq", "severity": 1, "message": "Expected '==='.", "line": 1}
ALL = (
    "errors",
    "warnings",
    "suppressed",
    "files_checked",
    "files_missing",
    "tools",
    "languages_missing",
)


def entry(path: str, *messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A file's entry as ESLint writes it."""
    return {
        "filePath": f"/home/runner/work/shop/{path}",
        "messages": list(messages),
        "suppressedMessages": [],
        "errorCount": sum(m["severity"] == 2 for m in messages),
        "fatalErrorCount": sum(m.get("fatal") is True for m in messages),
        "warningCount": sum(m["severity"] == 1 for m in messages),
    } | changes


def eslint(*entries: dict[str, Any]) -> str:
    return json.dumps(entries)


def pylint(*paths: str, modules: int | None = None, **changes: Any) -> str:
    """Pylint's report with a warning in each of `paths`; in json2 where `modules` is given."""
    key = "message-id" if modules is None else "messageId"
    found = [
        {"type": "warning", "module": "m", "line": 1, "path": path, "symbol": "fixme",
         "message": "TODO", key: "W0511"} | changes
        for path in paths
    ]  # fmt: skip
    if modules is None:
        return json.dumps(found)
    counts = {"warning": len(found), "error": 0, "fatal": 0}
    statistics = {"messageTypeCount": counts, "modulesLinted": modules, "score": 10.0}
    return json.dumps({"messages": found, "statistics": statistics})


def golangci(*files: str, enabled: bool = True) -> str:
    issues = [
        {"FromLinter": "errcheck", "Text": "unchecked", "Pos": {"Filename": f, "Line": 1}}
        for f in files
    ]
    linters_ = [{"Name": "errcheck", "Enabled": enabled}]
    return json.dumps({"Issues": issues, "Report": {"Linters": linters_}})


def sarif(tool: str, results: Any = (), **run: Any) -> str:
    one = {"tool": {"driver": {"name": tool}}, "results": list(results)} | run
    return json.dumps({"version": "2.1.0", "$schema": "https://x/sarif-2.1.0.json", "runs": [one]})


def seen(sources: dict[str, Any], reports: dict[str, Any], **tree: Any) -> Evidence:
    """The evidence over tracked sources and reports that are not committed."""
    return run_probe(linters, repo=FakeTree(sources, ignored=reports, **tree))


def short(evidence: Evidence) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values(evidence).items()}


def test_present_a_clean_eslint_report_lists_what_it_checked() -> None:
    evidence = seen({"src/a.js": JS, "src/b.js": JS}, {"reports/eslint.json": eslint(
        entry("src/a.js"), entry("src/b.js"))})  # fmt: skip
    assert short(evidence) == {
        "errors": 0, "warnings": 0, "suppressed": 0, "files_checked": 2, "files_missing": 0,
        "tools": ["eslint"], "languages_missing": [],
    }  # fmt: skip


def test_a_report_without_time_and_commit_is_at_most_effective() -> None:
    evidence = seen({"a.js": JS}, {"reports/eslint.json": eslint(entry("a.js"))})
    assert {fact.level.value for fact in evidence.facts} == {"effective"}
    assert problems(evidence) == ["stale"]


def test_errors_and_warnings_are_findings_with_their_place() -> None:
    evidence = seen({"a.js": JS}, {"eslint.json": eslint(entry("a.js", WARNING, ERROR))})
    assert {f.location.path for f in evidence.findings} == {"a.js"}
    assert [(f.rule, f.location.line, f.fact) for f in evidence.findings] == [
        ("no-undef", 3, "linters.errors"), ("eqeqeq", 1, "linters.warnings"),
    ]  # fmt: skip


def test_missing_reports_name_the_command_that_makes_one() -> None:
    evidence = seen({"a.js": JS}, {})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
    assert "npx eslint" in evidence.problems[0].hint


def test_an_empty_repository_has_nothing_to_lint() -> None:
    assert problems(run_probe(linters, repo={"README.md": "# A\n"})) == ["vacuous"]


def test_a_malformed_report_is_said() -> None:
    evidence = seen({"a.js": JS}, {"reports/eslint.json": eslint(entry("a.js"))[:-9]})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed", "not_configured"]


def test_a_report_that_may_not_be_read_is_said() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/eslint.json could not be read.")
    assert problems(seen({"a.js": JS}, {"reports/eslint.json": denied}))[0] == "denied"


@pytest.mark.parametrize("name", ["pylint.json", "eslint.json", "lint-report.json"])
def test_false_green_an_empty_list_tells_nothing(name: str) -> None:
    evidence = seen({"a.py": PY}, {f"reports/{name}": "[]\n"})
    assert values(evidence) == {}
    assert "is an empty list" in evidence.problems[0].message
    assert "json2" in evidence.problems[0].hint


def test_false_green_a_report_of_another_service_does_not_count() -> None:
    evidence = seen({"a.js": JS}, {"reports/eslint.json": eslint(entry("other/b.js"))})
    assert values(evidence) == {}
    assert problems(evidence)[0] == "vacuous"


def test_false_green_files_that_eslint_did_not_look_at_are_missing() -> None:
    sources = {f"src/{n}.js": JS for n in "abc"} | {
        "vite.config.js": JS,
        "src/t.d.ts": "type A = 1\n",
    }
    evidence = seen(sources, {"reports/eslint.json": eslint(entry("src/a.js"))})
    assert short(evidence)["files_missing"] == 2
    fact = next(f for f in evidence.facts if f.key == "linters.files_missing")
    assert [place.path for place in fact.locations] == ["src/b.js", "src/c.js"]


def test_false_green_only_ignored_files_prove_nothing() -> None:
    ignored = {"ruleId": None, "severity": 1, "message": "File ignored because of a pattern."}
    evidence = seen({"a.js": JS}, {"reports/eslint.json": eslint(entry("a.js", ignored))})
    assert values(evidence) == {}
    assert problems(evidence)[0] == "vacuous"


def test_false_green_a_fatal_error_is_an_error_and_its_file_not_checked() -> None:
    fatal = {"ruleId": None, "fatal": True, "severity": 2, "message": "Parsing error", "line": 1}
    evidence = seen(
        {"a.js": JS, "b.js": JS},
        {"eslint.json": eslint(entry("a.js", fatal), entry("b.js", WARNING))},
    )
    found = short(evidence)
    assert (found["errors"], found["files_checked"], found["files_missing"]) == (1, 1, 1)
    assert evidence.findings[0].severity == "fatal"


def test_false_green_quiet_gives_no_number_of_warnings_or_files() -> None:
    found = short(seen({"a.js": JS}, {"eslint.json": eslint(entry("a.js", ERROR))}))
    assert found["errors"] == 1
    assert {"warnings", "files_checked"}.isdisjoint(found)
    assert found["languages_missing"] == ["javascript"]


def test_false_green_silenced_messages_are_counted() -> None:
    silenced = entry("a.js", suppressedMessages=[ERROR, WARNING])
    assert short(seen({"a.js": JS}, {"eslint.json": eslint(silenced)}))["suppressed"] == 2


def test_false_green_counts_that_contradict_the_messages_are_a_claim() -> None:
    evidence = seen({"a.js": JS}, {"eslint.json": eslint(entry("a.js", ERROR, errorCount=0))})
    assert short(evidence)["errors"] == 1
    assert {fact.level.value for fact in evidence.facts} == {"claimed"}
    assert "malformed" in problems(evidence)


def test_false_green_languages_without_a_linter_are_missing() -> None:
    sources = {"a.js": JS, "b.ts": JS, "main.go": GO}
    evidence = seen(sources, {"eslint.json": eslint(entry("a.js"))})
    assert short(evidence)["languages_missing"] == ["go", "typescript"]
    both = {"eslint.json": eslint(entry("a.js"), entry("b.ts")), "golangci.json": golangci()}
    found = short(seen(sources, both))
    assert (found["tools"], found["languages_missing"]) == (["eslint", "golangci-lint"], [])


def test_false_green_a_plain_pylint_report_speaks_only_of_files_that_it_names() -> None:
    sources = {f"app/{n}.py": PY for n in "abcd"}
    few = seen(sources, {"reports/pylint.json": pylint("app/a.py")})
    assert short(few)["languages_missing"] == ["python"]
    many = seen(sources, {"reports/pylint.json": pylint("app/a.py", "app\\b.py")})
    assert (short(many)["languages_missing"], short(many)["warnings"]) == ([], 2)


def test_the_second_pylint_dialect_tells_how_many_files_were_checked() -> None:
    sources = {f"app/{n}.py": PY for n in "abcd"}
    found = short(seen(sources, {"reports/pylint.json": pylint(modules=6)}))
    assert (found["errors"], found["files_checked"], found["languages_missing"]) == (0, 4, [])
    assert short(seen(sources, {"p.json": pylint(modules=3)}))["languages_missing"] == ["python"]


def test_false_green_a_fatal_message_of_pylint_is_an_error() -> None:
    report = pylint("app/a.py", type="fatal", symbol="astroid-error")
    assert short(seen({"app/a.py": PY}, {"reports/pylint.json": report}))["errors"] == 1


def test_comments_are_counted_where_the_linter_does_not_count_them() -> None:
    source = PY + "import os  # pylint: disable=unused-import\n# pylint: skip-file\n"
    found = short(seen({"a.py": source}, {"reports/pylint.json": pylint(modules=3)}))
    assert found["suppressed"] == 2
    go = GO + "\tf() //nolint:errcheck\n"
    assert short(seen({"main.go": go}, {"golangci.json": golangci()}))["suppressed"] == 1


def test_golangci_lint_issues_are_errors() -> None:
    found = short(seen({"main.go": GO}, {"reports/golangci.json": golangci("main.go")}))
    assert (found["errors"], found["languages_missing"]) == (1, [])
    assert "files_checked" not in found


def test_what_linters_do_not_say_is_no_number() -> None:
    both = {"eslint.json": eslint(entry("a.js", ERROR)), "golangci.json": golangci()}
    assert "warnings" not in short(seen({"a.js": JS, "main.go": GO}, both))
    both = {"eslint.json": eslint(entry("a.js")), "golangci.json": golangci()}
    assert short(seen({"a.js": JS, "main.go": GO}, both))["files_checked"] == 1


def test_false_green_golangci_lint_with_every_linter_off_proves_nothing() -> None:
    evidence = seen({"main.go": GO}, {"reports/golangci.json": golangci(enabled=False)})
    assert values(evidence) == {}
    assert problems(evidence)[0] == "vacuous"


@pytest.mark.parametrize("results", [(), None])
def test_false_green_an_empty_sarif_of_golangci_lint_proves_nothing(results: Any) -> None:
    log = json.loads(sarif("golangci-lint"))
    log["runs"][0]["results"] = results
    evidence = seen({"main.go": GO}, {"reports/golangci.sarif": json.dumps(log)})
    assert values(evidence) == {}
    assert "--output.json.path" in evidence.problems[0].hint


def test_results_in_sarif_are_counted() -> None:
    place = {
        "physicalLocation": {"artifactLocation": {"uri": "main.go"}, "region": {"startLine": 2}}
    }
    result = {
        "ruleId": "errcheck",
        "level": "error",
        "message": {"text": "x"},
        "locations": [place],
    }
    found = short(seen({"main.go": GO}, {"golangci.sarif": sarif("golangci-lint", [result])}))
    assert (found["errors"], found["tools"], found["languages_missing"]) == (
        1,
        ["golangci-lint"],
        [],
    )


def test_eslint_in_sarif_lists_its_files() -> None:
    artifacts = [{"location": {"uri": "file:///home/runner/work/shop/src/a.js"}}]
    log = sarif("ESLint", artifacts=artifacts)
    found = short(seen({"src/a.js": JS, "src/b.js": JS}, {"eslint.sarif": log}))
    assert (found["files_checked"], found["files_missing"], found["languages_missing"]) == (
        1,
        1,
        [],
    )


def test_false_green_a_failed_run_in_sarif_speaks_for_no_language() -> None:
    log = sarif(
        "ESLint",
        artifacts=[{"location": {"uri": "a.js"}}],
        invocations=[
            {
                "executionSuccessful": False,
                "toolConfigurationNotifications": [
                    {"level": "error", "message": {"text": "Parsing error"}}
                ],
            }
        ],
    )
    evidence = seen({"a.js": JS}, {"eslint.sarif": log})
    assert short(evidence)["errors"] == 1
    assert short(evidence)["languages_missing"] == ["javascript"]
    assert "crashed" in problems(evidence)


def test_analysers_of_security_are_no_linters() -> None:
    log = sarif("CodeQL", artifacts=[{"location": {"uri": "a.js"}}])
    assert values(seen({"a.js": JS}, {"codeql.sarif": log})) == {}


def test_a_report_of_this_commit_is_reported() -> None:
    commit = "c0ffee" + "0" * 34
    log = sarif(
        "ESLint",
        artifacts=[{"location": {"uri": "a.js"}}],
        versionControlProvenance=[{"repositoryUri": "https://x/y", "revisionId": commit}],
    )
    evidence = seen({"a.js": JS}, {"eslint.sarif": log})
    assert {fact.level.value for fact in evidence.facts} == {"reported"}
    weaker = {"eslint.sarif": log, "old.json": eslint(entry("a.js", ERROR))}
    both = seen({"a.js": JS}, weaker)
    errors = {f.level.value: f.value for f in both.facts if f.key == "linters.errors"}
    assert errors == {"reported": 0, "effective": 1}


def test_test_data_is_nobodys_evidence() -> None:
    assert values(seen({"a.js": JS}, {"tests/fixtures/eslint.json": eslint(entry("a.js"))})) == {}


def test_all_facts_are_promised() -> None:
    assert {spec.key for spec in linters.spec.emits} == {f"linters.{name}" for name in ALL}
