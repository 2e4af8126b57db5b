"""Which commit the deployment says it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.access import Access, Grant
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, FakeTree, problems, run_probe, values
from probes.live.identity import identity
from tests.servers.made_up import MadeUp

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


def _cluster(*images: str, **annotations: str) -> dict[str, Any]:
    """The API of a cluster in which one pod for each of `images` runs the service."""
    labels = {"app": "service"}
    template = {
        "metadata": {"labels": labels, "annotations": annotations},
        "spec": {"containers": [{"name": "web", "image": images[0]}]},
    }
    workload = {
        "metadata": {"name": "service", "namespace": "n", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    pods = [
        {
            "metadata": {"name": f"service-{number}", "namespace": "n", "labels": labels},
            "status": {"phase": "Running", "containerStatuses": [{"name": "web", "image": image}]},
        }
        for number, image in enumerate(images)
    ]
    lists = {
        "/apis/apps/v1/deployments": [workload],
        "/apis/apps/v1/statefulsets": [],
        "/api/v1/pods": pods,
    }
    return {path: {"items": items} for path, items in lists.items()}


def _in_cluster(api: dict[str, Any]) -> Any:
    granted = Access({"kubernetes": Grant("https://cluster.test")})
    return run_probe(identity, http=MadeUp(api), access=granted)


@pytest.mark.parametrize(
    "api",
    [
        _cluster(f"acme/service:main-{COMMIT[:12]}"),
        _cluster("acme/service:1.2", **{"org.opencontainers.image.revision": COMMIT}),
    ],
)
def test_the_image_that_the_cluster_runs_names_the_commit(api: dict[str, Any]) -> None:
    evidence = _in_cluster(api)
    assert problems(evidence) == []
    assert values(evidence)["deployment.is_audited_commit"] is True


def test_false_green_a_rollout_that_is_not_over_decides_nothing() -> None:
    images = (f"acme/service:{COMMIT[:12]}", "acme/service:deadbeefdead")
    assert problems(_in_cluster(_cluster(*images))) == ["malformed"]


def test_false_green_replicas_of_two_versions_behind_one_address_decide_nothing() -> None:
    answers = iter([COMMIT, COMMIT, "d" * 40])
    api = {"/version": lambda params: {"commit": next(answers, "d" * 40)}}
    evidence = run_probe(identity, http=MadeUp(api))
    assert problems(evidence) == ["malformed"]
    assert "several commits" in evidence.problems[0].message


def test_false_green_the_answer_and_the_cluster_contradict_each_other() -> None:
    api = {**_cluster("acme/service:deadbeefdead"), "/version": {"commit": COMMIT}}
    assert problems(_in_cluster(api)) == ["malformed"]
