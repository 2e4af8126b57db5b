"""How a cluster runs the service, by lists that a reader may ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from auditor.model.target import Looking
from auditor.probing.doors.access import Access, Grant, access
from auditor.probing.testing import NOW, problems, run_probe, values
from probes.live.cluster import cluster
from tests.servers.made_up import MadeUp

URL = "https://cluster.test:6443"
DIGEST = "sha256:" + "a" * 64
GOOD = {
    "name": "web",
    "image": "ghcr.io/acme/service:1.2",
    "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}},
    "readinessProbe": {"httpGet": {"path": "/ready", "port": 80}},
    "livenessProbe": {"httpGet": {"path": "/live", "port": 80}},
}


def workload(name: str = "service", ready: int = 2, **changes: Any) -> dict[str, Any]:
    """A Deployment of two replicas; `changes` are of its container."""
    labels = {"app": name}
    return {
        "metadata": {"name": name, "namespace": "prod", "labels": labels, "generation": 3},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [GOOD | changes]}},
        },
        "status": {"readyReplicas": ready, "updatedReplicas": 2, "observedGeneration": 3},
    }


def pod(number: int = 1, digest: str = DIGEST, **status: Any) -> dict[str, Any]:
    """A running pod of the Deployment."""
    one = {
        "name": "web",
        "image": "ghcr.io/acme/service:1.2",
        "imageID": f"ghcr.io/acme/service@{digest}",
    }
    return {
        "metadata": {
            "name": f"service-{number}",
            "namespace": "prod",
            "labels": {"app": "service"},
        },
        "status": {"phase": "Running", "containerStatuses": [one | {"restartCount": 0} | status]},
    }


def made_up(
    *workloads: Any, pods: Any = None, scalers: Any = (), budgets: Any = None, **routes: Any
) -> MadeUp:
    """A cluster with these, seen from everywhere."""
    guard = {
        "metadata": {"name": "service", "namespace": "prod"},
        "spec": {"selector": {"matchLabels": {"app": "service"}}},
        "status": {"disruptionsAllowed": 1},
    }
    lists = {
        "/apis/apps/v1/deployments": list(workloads) or [workload()],
        "/apis/apps/v1/statefulsets": [],
        "/api/v1/pods": [pod(1), pod(2)] if pods is None else pods,
        "/apis/autoscaling/v2/horizontalpodautoscalers": list(scalers),
        "/apis/policy/v1/poddisruptionbudgets": [guard] if budgets is None else budgets,
    }
    made = {path: {"kind": "List", "metadata": {}, "items": items} for path, items in lists.items()}
    return MadeUp({**made, **routes})


def ask(api: MadeUp, granted: Access | None = None, **options: Any) -> Any:
    """The probe of an operator who runs `kubectl proxy`, or gives a token."""
    return run_probe(
        cluster, http=api, access=granted or Access({"kubernetes": Grant(URL)}), **options
    )


def test_present_the_state_of_the_service_is_told_by_lists_alone() -> None:
    scaler = {
        "metadata": {"name": "service", "namespace": "prod"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "service"},
            "minReplicas": 2,
            "maxReplicas": 6,
        },
        "status": {
            "conditions": [
                {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}
            ]
        },
    }
    api = made_up(scalers=[scaler])
    evidence = ask(api)
    assert problems(evidence) == []
    assert values(evidence) == {
        "cluster.workloads": ["Deployment prod/service: 2 of 2 ready"],
        "cluster.ready_replicas": 2,
        "cluster.unready": [],
        "cluster.restarting": [],
        "cluster.without_limits": [],
        "cluster.without_probes": [],
        "cluster.without_pdb": [],
        "cluster.autoscalers": ["prod/service: 2 to 6"],
        "cluster.autoscaler_faults": [],
        "cluster.images": [f"ghcr.io/acme/service:1.2@{DIGEST}"],
        "cluster.mixed_images": [],
    }
    assert api.methods == {"GET"}


def test_missing_service_names_what_runs_instead() -> None:
    evidence = ask(made_up(workload("billing")))
    assert problems(evidence) == ["vacuous"]
    assert "billing" in evidence.problems[0].message


def test_without_a_cluster_there_is_nothing_to_look_at() -> None:
    evidence = run_probe(cluster)
    assert problems(evidence) == ["not_configured"]
    assert "--kubernetes" in evidence.problems[0].hint


@pytest.mark.parametrize("body", ["<html><body>sign in</body></html>", "[]", '{"items": [{}]}'])
def test_malformed_lists_tell_nothing(body: str) -> None:
    assert problems(ask(made_up(**{"/apis/apps/v1/deployments": body}))) == ["malformed"]


def test_denied_across_all_namespaces_says_so_and_one_namespace_is_enough() -> None:
    forbidden = {"/apis/apps/v1/deployments": (403, {"kind": "Status", "code": 403})}
    granted = access({"AUDITOR_KUBERNETES_TOKEN": "a-view-token"}, {"kubernetes": URL})
    evidence = ask(made_up(**forbidden), granted)
    assert problems(evidence) == ["denied"]
    assert "AUDITOR_KUBERNETES_TOKEN" in evidence.problems[0].hint
    inside = {
        path.replace("/v1/", "/v1/namespaces/prod/").replace("/v2/", "/v2/namespaces/prod/"): answer
        for path, answer in made_up().routes.items()
    }
    api = MadeUp(inside, "Bearer a-view-token")
    assert problems(ask(api, granted, looking=Looking(namespace="prod"))) == []


def test_a_namespace_that_is_none_is_never_sent() -> None:
    api = made_up()
    assert problems(ask(api, looking=Looking(namespace="../../secrets"))) == ["not_configured"]
    assert api.asked == []


def test_denied_scalers_hide_nothing_else() -> None:
    path = "/apis/autoscaling/v2/horizontalpodautoscalers"
    evidence = ask(made_up(**{path: (403, {"code": 403})}))
    assert evidence.problems[0].facts == ("cluster.autoscalers", "cluster.autoscaler_faults")
    assert values(evidence)["cluster.without_pdb"] == []


@pytest.mark.parametrize(
    ("api", "fact", "told"),
    [
        (made_up(workload(ready=1)), "unready", ["Deployment prod/service: 1 of 2 ready"]),
        (
            made_up(workload(resources={"limits": {"cpu": "1"}})),
            "without_limits",
            ["Deployment prod/service web: without a memory limit, a request of memory"],
        ),
        (made_up(budgets=[]), "without_pdb", ["Deployment prod/service"]),
        (
            made_up(pods=[pod(1), pod(2, "sha256:" + "b" * 64)]),
            "mixed_images",
            ["Deployment prod/service web: 2 images"],
        ),
        (
            made_up(pods=[pod(state={"waiting": {"reason": "CrashLoopBackOff"}})]),
            "restarting",
            ["prod/service-1 web: CrashLoopBackOff"],
        ),
    ],
)
def test_false_green_what_the_manifest_says_is_not_what_runs(
    api: MadeUp, fact: str, told: Any
) -> None:
    assert values(ask(api))[f"cluster.{fact}"] == told


def test_false_green_an_autoscaler_without_metrics_does_not_scale() -> None:
    scaler = {
        "metadata": {"name": "service", "namespace": "prod"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "service"},
            "minReplicas": 2,
            "maxReplicas": 2,
        },
        "status": {
            "conditions": [
                {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}
            ]
        },
    }
    assert values(ask(made_up(scalers=[scaler])))["cluster.autoscaler_faults"] == [
        "prod/service: ScalingActive is False (FailedGetResourceMetric)",
        "prod/service: its bounds are alike",
    ]


def test_old_restarts_are_history() -> None:
    def ended(days: float) -> Any:
        at = (NOW - timedelta(days=days)).isoformat()
        state = {"terminated": {"reason": "Error", "finishedAt": at}}
        return made_up(pods=[pod(restartCount=5, lastState=state)])

    assert values(ask(ended(3)))["cluster.restarting"] == []
    assert len(values(ask(ended(0.1)))["cluster.restarting"]) == 1
