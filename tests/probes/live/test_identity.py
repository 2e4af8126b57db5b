"""Which commit the deployment says it runs."""

from __future__ import annotations

import json

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, FakeTree, problems, run_probe, values
from probes.live.identity import identity

OTHER = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c"


def version(commit: str) -> tuple[int, str]:
    return 200, json.dumps({"version": "1.0", "commit": commit})


@pytest.mark.parametrize("length", [7, 12, 40])
def test_present_the_audited_commit_is_recognised(length: int) -> None:
    evidence = run_probe(identity, http={"/version": version(COMMIT[:length])})
    assert values(evidence) == {
        "deployment.revision": COMMIT[:length],
        "deployment.is_audited_commit": True,
    }
    assert evidence.facts[0].locations[0].url == "https://staging.test/version"
    assert {f.level.value for f in evidence.facts} == {"observed"}


def test_missing_an_answer_is_said_with_how_to_give_one() -> None:
    evidence = run_probe(identity, http={})
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]
    assert "/version" in evidence.problems[0].hint


def test_a_folder_without_a_commit_has_nothing_to_compare() -> None:
    evidence = run_probe(
        identity, repo=FakeTree({}, commit=None), http={"/version": version(OTHER)}
    )
    assert values(evidence) == {"deployment.revision": OTHER}
    assert problems(evidence) == ["not_configured"]


def test_a_malformed_answer_tells_nothing() -> None:
    assert problems(run_probe(identity, http={"/version": (200, '{"commit": "')})) == [
        "not_configured"
    ]


def test_a_deployment_that_cannot_be_reached_tells_nothing() -> None:
    unreachable = Trouble(ProblemKind.UNREACHABLE, "refused")
    http = dict.fromkeys(("/version", "/"), unreachable)
    assert values(run_probe(identity, http=http)) == {}


def test_behind_a_login_a_header_or_a_metric_still_tells() -> None:
    walled = {"/version": (401, "who?"), "/": (401, "who?", {"X-Git-Commit": COMMIT})}
    assert values(run_probe(identity, http=walled))["deployment.is_audited_commit"] is True
    metric = f'# TYPE app_build_info gauge\napp_build_info{{revision="{COMMIT}"}} 1\n'
    seen = values(run_probe(identity, http={"/metrics": (200, metric)}))
    assert seen["deployment.is_audited_commit"] is True


def test_false_green_another_commit_is_not_the_audited_one() -> None:
    seen = values(run_probe(identity, http={"/version": version(OTHER)}))
    assert seen["deployment.is_audited_commit"] is False


def test_false_green_an_answer_that_names_several_commits_decides_nothing() -> None:
    both = json.dumps({"commit": OTHER, "build": {"revision": COMMIT}})
    evidence = run_probe(identity, http={"/version": (200, both)})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_false_green_a_start_that_is_too_short_to_tell_is_no_commit() -> None:
    assert values(run_probe(identity, http={"/version": version(COMMIT[:6])})) == {}
