"""What reports.secrets says: of its own scan with the real detect-secrets, and of reports made before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository.git_history import Budget, Coverage
from auditor.probing.testing import NOW, FakeTree, make_context, problems, run_probe, values
from probes.reports.secrets import secrets

RANDOM = "kT9xQ2" + "vLm4RzW8pB3n"
TOKEN = "ghp_" + RANDOM * 2
SECRET = f'password = "{RANDOM}"\n'
CLEAN = "def add(a, b):\n    return a + b\n"


def scanned(
    files: Mapping[str, str | bytes | Trouble],
    *,
    history: Mapping[str, str] | None = None,
    ignored: Mapping[str, str] | None = None,
) -> Evidence:
    """Run the probe with the real detect-secrets."""
    return run_probe(
        secrets, repo=FakeTree(files, history=history, ignored=ignored), commands=Command()
    )


def test_a_present_secret_is_found_with_its_place_and_without_its_value() -> None:
    evidence = scanned({"app/settings.py": f"DEBUG = False\n{SECRET}", "app/a.py": CLEAN})
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.files_scanned"]) == (1, 2)
    fact = next(f for f in evidence.facts if f.key == "secrets.findings")
    assert [(p.path, p.line) for p in fact.locations] == [("app/settings.py", 2)]
    assert {f.level.value for f in evidence.facts} == {"observed"}
    assert RANDOM not in repr(evidence)


def test_a_clean_repository_is_told_clean() -> None:
    evidence = scanned({"app/a.py": CLEAN})
    assert values(evidence) == {
        "secrets.findings": 0,
        "secrets.findings_in_tests": 0,
        "secrets.history_findings": 0,
        "secrets.history_complete": True,
        "secrets.files_scanned": 1,
        "secrets.suppressed": 0,
    }
    assert problems(evidence) == []


def test_missing_tool_gives_no_figure() -> None:
    evidence = run_probe(secrets, repo={"app.py": SECRET})
    assert values(evidence) == {}
    assert problems(evidence) == ["tool_missing"]


def test_an_empty_repository_has_nothing_to_scan() -> None:
    assert problems(run_probe(secrets, repo={})) == ["vacuous"]
    assert values(run_probe(secrets, repo={"logo.png": b"\x89PNG\0\0"})) == {}


def test_a_scanner_that_prints_nonsense_gives_no_figure() -> None:
    evidence = run_probe(secrets, repo={"a.py": SECRET}, commands={"detect-secrets": (0, "oops")})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_scanner_that_fails_gives_no_figure() -> None:
    evidence = run_probe(secrets, repo={"a.py": SECRET}, commands={"detect-secrets": (2, "")})
    assert values(evidence) == {}
    assert problems(evidence) == ["crashed"]


def test_false_green_a_file_that_may_not_be_read_withholds_a_zero_but_no_finding() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    evidence = scanned({"app.py": CLEAN, "secret.py": denied})
    assert "secrets.findings" not in values(evidence)
    assert problems(evidence) == ["denied"]
    assert values(scanned({"app.py": SECRET, "secret.py": denied}))["secrets.findings"] == 1


def test_stand_ins_are_no_findings() -> None:
    evidence = scanned(
        {".env": "SECRET_KEY=changeme\nAPI_KEY=your-api-key\n", "a.py": 'pw = "test"\n'}
    )
    assert values(evidence)["secrets.findings"] == 0


def test_tests_examples_and_documents_are_counted_apart() -> None:
    line = f"DB_PASSWORD={RANDOM}\n"
    evidence = scanned(
        {
            "tests/test_a.py": SECRET,
            ".env.example": line,
            "docs/setup.md": line,
            "dev/app.env": line,
        }
    )
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.findings_in_tests"]) == (0, 4)


def test_false_green_a_working_token_counts_in_documents_and_examples_too() -> None:
    evidence = scanned({"docs/setup.md": f"use {TOKEN}\n", ".env.example": f"X={TOKEN}\n"})
    assert values(evidence)["secrets.findings"] == 2


def test_false_green_a_secret_outside_the_service_root_counts() -> None:
    tree = FakeTree({"service/app.py": CLEAN, "deploy/prod.env": f"API_SECRET={RANDOM}\n"})
    evidence = run_probe(secrets, repo=tree, root="service", commands=Command())
    assert values(evidence)["secrets.findings"] == 1


def test_false_green_a_secret_that_was_deleted_is_in_the_history() -> None:
    evidence = scanned({"app.py": CLEAN}, history={"old/prod.env": f"API_SECRET={RANDOM}\n"})
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.history_findings"]) == (0, 1)
    (finding,) = evidence.findings
    assert (finding.location.path, finding.fact) == ("old/prod.env", "secrets.history_findings")
    assert "git show" in finding.message


def test_a_secret_that_is_still_present_is_not_counted_twice() -> None:
    evidence = scanned({"app.py": SECRET}, history={"app.py": SECRET, "old.py": SECRET})
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.history_findings"]) == (1, 0)


def test_false_green_a_history_that_cannot_be_read_is_not_a_clean_one() -> None:
    trouble = Trouble(ProblemKind.MALFORMED, "git cat-file failed")
    tree = FakeTree({"app.py": CLEAN}, history={"a": trouble})
    evidence = run_probe(secrets, repo=tree, commands=Command())
    assert "secrets.history_findings" not in values(evidence)
    assert "secrets.history_complete" not in values(evidence)
    assert problems(evidence) == ["malformed"]


class CutTree(FakeTree):
    """A shallow clone."""

    def old_blobs(
        self, wanted: Callable[[str], bool], covered: Coverage, budget: Budget
    ) -> Iterator[tuple[str, str, bytes]]:
        covered.limits.append("the clone is shallow")
        yield from super().old_blobs(wanted, covered, budget)


def test_false_green_a_shallow_clone_withholds_a_zero_of_the_history_but_no_finding() -> None:
    evidence = run_probe(secrets, repo=CutTree({"app.py": CLEAN}), commands=Command())
    assert "secrets.history_findings" not in values(evidence)
    assert values(evidence)["secrets.history_complete"] is False
    assert [p.facts for p in evidence.problems] == [("secrets.history_findings",)]
    found = run_probe(
        secrets, repo=CutTree({"app.py": CLEAN}, history={"old.py": SECRET}), commands=Command()
    )
    assert values(found)["secrets.history_findings"] == 1


def test_false_green_nothing_of_the_target_silences_the_scan() -> None:
    baseline = {
        "version": "1.5.0",
        "plugins_used": [],
        "filters_used": [],
        "results": {"app.py": [{"type": "Secret Keyword", "line_number": 1, "is_secret": False}]},
        "generated_at": "2026-03-02T11:00:00Z",
    }
    files = {
        "swagger/app.py": SECRET,
        "yarn.lock": f'"https://u:{RANDOM}@npm.shop.io/x"\n',
        ".secrets.baseline": json.dumps(baseline),
        ".gitleaksignore": "app.py:generic-api-key:1\n",
        ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n",
        "setup.cfg": "[detect-secrets]\nexclude-files = .*\n",
        "-x/--baseline": SECRET,
        "conf.ini": f"[a]\n# api_secret = {RANDOM}\n",
    }
    evidence = scanned(files)
    observed = {f.key: f for f in evidence.facts if f.level.value == "observed"}
    assert {p.path for p in observed["secrets.findings"].locations} == {
        "swagger/app.py", "yarn.lock", "-x/--baseline", "conf.ini",
    }  # fmt: skip
    assert observed["secrets.suppressed"].value == 0
    claimed = [
        f for f in evidence.facts if f.key == "secrets.suppressed" and f not in observed.values()
    ]
    assert [(f.value, f.level.value) for f in claimed] == [(1, "effective")]


def test_false_green_a_pragma_is_counted_and_shown_as_suppressed() -> None:
    evidence = scanned({"app.py": SECRET.rstrip() + "  # pragma: allowlist secret\n"})
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.suppressed"]) == (0, 1)
    assert [f.suppressed for f in evidence.findings] == [True]


def test_the_scanner_is_told_to_stay_off_the_network_and_to_obey_no_pragma() -> None:
    context = make_context(
        repo={"a.py": SECRET},
        commands={
            "detect-secrets": lambda args: (0, json.dumps(EMPTY) if "scan" in args else "1.5.0")
        },
    )
    list(secrets.look(context))
    calls = [call for call in context.command.calls if "scan" in call]  # type: ignore[attr-defined]
    assert len(calls) == 1
    for call in calls:
        assert "--no-verify" in call
        assert "--disable-filter=detect_secrets.filters.allowlist.is_line_allowlisted" in call
        assert "--baseline" not in call


EMPTY = {
    "version": "1.5.0",
    "plugins_used": [],
    "results": {},
    "generated_at": "2026-03-02T11:00:00Z",
}


def report(leaks: object, path: str = "reports/gitleaks.json") -> Evidence:
    tree = FakeTree({"app.py": CLEAN}, ignored={path: json.dumps(leaks)})
    return run_probe(secrets, repo=tree)


def test_a_report_adds_findings_of_the_tree_and_of_the_history() -> None:
    leak = {
        "RuleID": "aws",
        "File": "a.tf",
        "StartLine": 3,
        "Secret": "s3cr3t-value",
        "Commit": "c1",
    }
    evidence = report([leak, leak | {"Commit": "", "File": "b.tf"}, leak | {"File": "tests/x.py"}])
    seen = values(evidence)
    assert (seen["secrets.findings"], seen["secrets.history_findings"]) == (1, 1)
    assert {f.level.value for f in evidence.facts} == {"effective"}
    assert "s3cr3t-value" not in repr(evidence)
    assert "stale" in problems(evidence)


def test_false_green_an_empty_report_proves_nothing() -> None:
    nothing: tuple[object, ...] = ([], None)
    for content in nothing:
        assert values(report(content)) == {}
    empty = {"plugins_used": [], "version": "1.5.0", "results": {}, "generated_at": NOW.isoformat()}
    evidence = report(empty, "reports/secrets.json")
    assert values(evidence) == {}
    assert "vacuous" in problems(evidence)


def test_a_report_of_the_future_is_refused() -> None:
    future = {
        "plugins_used": [],
        "version": "1.5.0",
        "results": {"a.py": [{"type": "AWS", "line_number": 1}]},
        "generated_at": "2036-01-01T00:00:00Z",
    }
    evidence = report(future, "reports/secrets.json")
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_broken_report_is_named() -> None:
    tree = FakeTree(
        {"app.py": CLEAN},
        ignored={"reports/gl.json": '[{"RuleID": "a", "File": "b", "StartLine": '},
    )
    evidence = run_probe(secrets, repo=tree, commands=Command())
    assert problems(evidence) == ["malformed"]
    assert "reports/gl.json" in evidence.problems[0].message
    assert values(evidence)["secrets.findings"] == 0


def test_the_results_of_gitleaks_in_sarif_are_findings() -> None:
    log = {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [
            {
                "tool": {"driver": {"name": "gitleaks", "semanticVersion": "v8.24.0", "rules": []}},
                "results": [
                    {
                        "ruleId": "aws",
                        "message": {"text": "found"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "conf/a.tf"},
                                    "region": {"startLine": 4, "snippet": {"text": "s3cr3t-value"}},
                                }
                            }
                        ],
                    }
                ],
            }
        ],
    }
    evidence = report(log, "reports/gitleaks.sarif")
    assert values(evidence) == {"secrets.history_findings": 1}
    assert "s3cr3t-value" not in repr(evidence)


def test_what_was_scanned_before_is_not_scanned_again_and_says_the_same(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "own" / "results.sqlite")
    tree = FakeTree(
        {"a.py": SECRET, "b.py": CLEAN}, history={"old.py": SECRET.replace("password", "passwd")}
    )
    first = run_probe(secrets, repo=tree, commands=Command(), cache=cache)
    version = first.facts[0].source.tool_version
    answers = {
        "detect-secrets": lambda args: (0, version or "") if "--version" in args else (2, "")
    }
    again = run_probe(secrets, repo=tree, commands=answers, cache=cache)
    assert values(again) == values(first)
    assert values(again)["secrets.findings"] == 1
    assert again.findings == first.findings


def test_false_green_a_line_that_changed_is_scanned_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "own" / "results.sqlite")
    run_probe(secrets, repo={"a.py": CLEAN}, commands=Command(), cache=cache)
    evidence = run_probe(secrets, repo={"a.py": CLEAN + SECRET}, commands=Command(), cache=cache)
    assert values(evidence)["secrets.findings"] == 1
