"""SARIF: effective levels, suppressions, and runs that say less than they seem to."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners.sarif import (
    MOST_RESULTS,
    SarifLevel,
    SarifResult,
    SarifRun,
    parse,
    sniff,
)
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

RULE = {
    "id": "py/injection",
    "name": "Injection",
    "defaultConfiguration": {"level": "error"},
    "properties": {"security-severity": "8.1", "tags": ["security"]},
}
RESULT: dict[str, Any] = {
    "ruleId": "py/injection",
    "ruleIndex": 0,
    "message": {"text": "Danger."},
    "locations": [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "src/a%20b.py"},
                "region": {"startLine": 7, "snippet": {"text": "password = 'hunter2'"}},
            }
        }
    ],
}
RUN: dict[str, Any] = {
    "tool": {"driver": {"name": "CodeQL", "semanticVersion": "2.20.0", "rules": [RULE]}},
    "invocations": [
        {
            "executionSuccessful": True,
            "endTimeUtc": "2026-03-01T10:00:00Z",
            "toolConfigurationNotifications": [],
        }
    ],
    "versionControlProvenance": [{"repositoryUri": "https://x.test", "revisionId": "c0ffee"}],
    "automationDetails": {"id": ".github/workflows/codeql.yml:analyze/language:python/"},
    "artifacts": [{"location": {"uri": "src/a%20b.py"}, "sourceLanguage": "Python"}],
    "results": [RESULT],
}
LOG: dict[str, Any] = {
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "version": "2.1.0",
    "runs": [RUN],
}


def log(**changes: Any) -> bytes:
    """The log with members of its run replaced, or taken out where None is given."""
    run = {key: value for key, value in (RUN | changes).items() if value is not None}
    return json.dumps(LOG | {"runs": [run]}).encode()


def the_run(**changes: Any) -> SarifRun:
    (run,) = parse(log(**changes)).runs
    return run


def the_result(of: dict[str, Any] | None = None, /, **changes: Any) -> SarifResult:
    """The result with members replaced, or taken out where None is given; `of` is its rule."""
    result = {key: value for key, value in (RESULT | changes).items() if value is not None}
    tool = {"driver": {"name": "t", "rules": [RULE if of is None else of]}}
    (found,) = the_run(results=[result], tool=tool).results or ()
    return found


def test_a_run_says_which_tool_looked_at_what_and_when() -> None:
    run = the_run()
    assert (run.tool, run.tool_version, run.successful) == ("CodeQL", "2.20.0", True)
    assert run.finished_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert (run.revisions, run.languages) == (("c0ffee",), ("python",))
    assert run.artifacts == ("src/a b.py",)
    assert [(rule.id, rule.level, rule.security_severity) for rule in run.rules] == [
        ("py/injection", SarifLevel.ERROR, 8.1)
    ]


def test_a_result_has_a_place_and_never_the_text_of_the_source() -> None:
    (result,) = the_run().results or ()
    assert (result.rule_id, result.path, result.line) == ("py/injection", "src/a b.py", 7)
    assert "hunter2" not in repr(parse(log()))


@pytest.mark.parametrize(
    ("result", "rule", "level"),
    [
        ({"level": "note"}, RULE, "note"),
        ({}, RULE, "error"),
        ({}, {"id": "py/injection"}, "warning"),
        ({"ruleIndex": None}, RULE, "error"),
        ({"ruleIndex": 99}, RULE, "error"),
        ({"ruleIndex": -1}, RULE, "error"),
        ({"ruleIndex": None, "ruleId": "py/injection/7"}, RULE, "error"),
        ({"ruleIndex": None, "ruleId": None, "rule": {"index": 0}}, RULE, "error"),
        ({"ruleIndex": None, "ruleId": None, "rule": {"id": "py/injection"}}, RULE, "error"),
        ({"ruleId": "other"}, RULE, "warning"),
        ({"kind": "fail"}, RULE, "error"),
        ({"kind": "pass"}, RULE, "none"),
        ({"kind": "notApplicable"}, RULE, "none"),
        ({"kind": "pass", "level": "error"}, RULE, "error"),
    ],
)
def test_the_level_is_the_results_own_or_its_rules_or_warning(
    result: dict[str, Any], rule: dict[str, Any], level: str
) -> None:
    assert the_result(rule, **result).level == level


def test_a_rule_may_stand_in_an_extension_of_the_tool() -> None:
    tool = {
        "driver": {"name": "CodeQL", "rules": [{"id": "other"}]},
        "extensions": [{"name": "codeql/python-queries", "rules": [RULE]}],
    }
    for component in ({"index": 0}, {"name": "codeql/python-queries"}):
        reference = {"id": "py/injection", "index": 0, "toolComponent": component}
        result = {"message": {"text": "x"}, "rule": reference}
        (found,) = the_run(tool=tool, results=[result]).results or ()
        assert (found.level, found.security_severity) == (SarifLevel.ERROR, 8.1)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7.5", 7.5),
        (7.5, 7.5),
        ("", None),
        ("high", None),
        ("nan", None),
        (-1, None),
        ("1e999", None),
    ],
)
def test_a_security_severity_that_is_no_number_is_none(written: object, read: float | None) -> None:
    rule = RULE | {"properties": {"security-severity": written}}
    assert the_result(rule).security_severity == read


@pytest.mark.parametrize(
    ("suppressions", "suppressed"),
    [
        (None, False),
        ([], False),
        ([{"kind": "inSource"}], True),
        ([{"kind": "external", "status": "accepted"}], True),
        ([{"kind": "external", "status": "rejected"}], False),
        ([{"kind": "inSource"}, {"kind": "external", "status": "underReview"}], False),
    ],
)
def test_only_accepted_suppressions_suppress(suppressions: Any, suppressed: bool) -> None:
    assert the_result(suppressions=suppressions).suppressed is suppressed


def test_a_result_that_a_baseline_calls_absent_is_no_longer_there() -> None:
    assert the_result(baselineState="absent").absent
    assert not the_result(baselineState="unchanged").absent


def test_a_run_without_results_did_not_find_nothing() -> None:
    assert the_run(results=None).results is None
    assert the_run(results=[]).results == ()
    elsewhere = {"results": [{"location": {"uri": "more.sarif"}}]}
    assert the_run(externalPropertyFileReferences=elsewhere).results is None


@pytest.mark.parametrize(
    ("said", "successful"),
    [([], None), ([True], True), ([True, False], False), ([True, None], None)],
)
def test_success_is_what_every_invocation_says(
    said: list[bool | None], successful: bool | None
) -> None:
    invocations = [{} if one is None else {"executionSuccessful": one} for one in said]
    assert the_run(invocations=invocations).successful is successful


def test_notifications_of_level_error_are_told() -> None:
    notes = [{"message": {"text": "b.py: syntax"}, "level": "error"}, {"message": {"text": "slow"}}]
    invocation = {
        "executionSuccessful": True,
        "toolConfigurationNotifications": notes[:1],
        "toolExecutionNotifications": notes[1:],
    }
    run = the_run(invocations=[invocation])
    assert (run.errors, run.notifications) == (("b.py: syntax",), 2)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///C:/code/a.c", "C:/code/a.c"),
        ("file:///srv/a.c", "/srv/a.c"),
        ("./a.c", "a.c"),
        ("a%2Bb.c", "a+b.c"),
        ("dir\\a.c", "dir/a.c"),
        ("not a valid URI", "not a valid URI"),
        ("", None),
    ],
)
def test_a_place_is_a_path(uri: str, path: str | None) -> None:
    location = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 0}}}
    result = the_result(locations=[location])
    assert (result.path, result.line) == (path, None)


def test_a_place_may_be_an_index_into_the_runs_files() -> None:
    location = {"physicalLocation": {"artifactLocation": {"index": 0}}}
    assert the_result(locations=[location]).path == "src/a b.py"
    assert the_result(locations=[]).path is None


def test_a_time_without_a_zone_is_no_time() -> None:
    assert the_run(invocations=[{"endTimeUtc": "2026-03-01T10:00:00"}]).finished_at is None


def test_no_runs_are_no_runs() -> None:
    assert parse(b'{"version": "2.1.0", "runs": []}').runs == ()
    assert parse(b'{"version": "2.1.0", "runs": null}').runs == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (log(results=[RESULT | {"level": "fatal"}]), "level 'fatal'"),
        (log(results=[RESULT | {"ruleIndex": "0"}]), "shape"),
        (log(results={}), "shape"),
        (log(tool={}), "driver"),
        (log().replace(b'"2.1.0"', b'"2.0.0"'), "only 2.1.0"),
        (b'{"version": "2.1.0"}', "runs"),
        (b'{"runs": []}', "version"),
        (log().replace(b'"version"', b'"runs": [], "version"', 1), "`runs` twice"),
        (log()[:-9], "cut off"),
        (b"[]", "shape"),
        (b"", "empty"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_more_results_than_the_limit_are_refused() -> None:
    many = b",".join([b'{"message":{}}'] * (MOST_RESULTS + 1))
    run = b'{"tool":{"driver":{"name":"t"}},"results":[%s]}' % many
    with pytest.raises(TooLarge):
        parse(b'{"version":"2.1.0","runs":[%s]}' % run)


def test_it_is_recognised_by_content() -> None:
    assert sniff(log())
    assert sniff(log().decode().encode("utf-16")[:4096])
    assert sniff(b'{"version": "2.1.0", "runs": []}')
    assert sniff(b'{"runs": [{"invocations": [], "results": [{"ruleId": "x"')
    assert not sniff(b'{"runs": [1, 2]}')
    assert not sniff(b'{"version": "2.1.0", "results": []}')
    assert not sniff(b'{"matches": [{"x": {"version": "2.1.0", "runs": [')
    assert not sniff(b"")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=4,
)


def replaced(document: Any, data: st.DataObject) -> Any:
    """The document with one value, somewhere in it, replaced."""
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 5)):
        changed = document.copy()
        keys = sorted(changed) if isinstance(changed, dict) else range(len(changed))
        key = data.draw(st.sampled_from(list(keys)))
        changed[key] = replaced(changed[key], data)
        return changed
    return data.draw(VALUES)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_log_is_read_or_refused(data: st.DataObject) -> None:
    document = json.dumps(replaced(copy.deepcopy(LOG), data)).encode()
    cut = document[: data.draw(st.integers(0, len(document)))]
    for one in (document, cut):
        assert sniff(one) in (True, False)
        with suppress(FormatError):
            assert isinstance(parse(one).runs, tuple)
