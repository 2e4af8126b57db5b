"""What infra.kubernetes_scaling says of replicas, autoscalers, balancing and releases of the service."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.kubernetes_scaling import FACTS, LEAST, kubernetes_scaling
from tests.probes.infra.kube_world import CODE, DEPLOYMENT, GOOD, changed

ALL = {LEAST.key, *(fact.key for fact in FACTS)}
AT = "k8s/deployment.yaml"
HPA = "k8s/hpa.yaml"


def look(files: dict[str, Any]) -> dict[str, Any]:
    """The facts without `kubernetes.`."""
    found = values(run_probe(kubernetes_scaling, repo=files))
    return {key.removeprefix("kubernetes."): value for key, value in found.items()}


def test_a_service_that_lacks_nothing() -> None:
    found = look(GOOD)
    assert found.pop("replicas_min") == 2
    assert {key: value for key, value in found.items() if value} == {
        "autoscaled": ["k8s/deployment.yaml:1 Deployment shop: HorizontalPodAutoscaler shop between 2 and 10 replicas"],
        "load_balanced": ["k8s/deployment.yaml:1 Deployment shop: Service shop over 2 or more replicas"],
        "probe_paths": [
            "k8s/deployment.yaml:13 Deployment shop: readiness GET /ready",
            "k8s/deployment.yaml:13 Deployment shop: liveness GET /live",
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "x"},
        {**CODE, "k8s/db.yaml": DEPLOYMENT.replace("ghcr.io/acme/shop:1.4.2", "postgres:17.2")},
    ],
)
def test_without_an_own_workload_nothing_is_said(files: Any) -> None:
    evidence = run_probe(kubernetes_scaling, repo=files)
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]
    assert set(evidence.problems[0].facts) == ALL


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("apiVersion: v1\nkind: Service\n a: b\n", "malformed"),
        (Trouble(ProblemKind.DENIED, "k8s/x.yaml could not be read."), "denied"),
    ],
)
def test_a_file_that_cannot_be_read_hides_the_replicas_and_what_is_empty(
    content: Any, kind: str
) -> None:
    evidence = run_probe(kubernetes_scaling, repo={**GOOD, "k8s/x.yaml": content})
    assert problems(evidence) == [kind]
    assert not {"kubernetes.replicas_min", "kubernetes.without_pdb"} & values(evidence).keys()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("maxReplicas: 10", "maxReplicas: 2", "its least and most replicas are both 2"),
        ("averageUtilization: 70", "averageUtilization: 0", "its resource metric aims at 0"),
        ("name: cpu", "name: ephemeral-storage", "requests no ephemeral-storage"),
    ],
)
def test_false_green_an_autoscaler_that_cannot_scale(old: str, new: str, said: str) -> None:
    found = look(changed(HPA, old, new))
    assert found["autoscaled"] == []
    assert said in found["autoscaler_faults"][0]


def test_false_green_an_autoscaler_without_requests_or_of_another_workload() -> None:
    found = look(changed(AT, "cpu: 100m, ", ""))
    assert found["autoscaled"] == []
    assert "requests no cpu" in found["autoscaler_faults"][0]
    assert (
        look(changed(HPA, "Deployment, name: shop", "Deployment, name: gone"))["autoscaled"] == []
    )


def test_false_green_the_lower_bound_counts_not_the_replicas() -> None:
    assert look(changed(HPA, "  minReplicas: 2\n", ""))["replicas_min"] == 1
    keda = (
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: shop}\n"
        "spec: {scaleTargetRef: {name: shop}, triggers: [{type: kafka}]}\n"
    )
    assert look({**GOOD, HPA: keda})["replicas_min"] == 0
    assert len(look({**GOOD, HPA: keda})["autoscaled"]) == 1
    paused = keda.replace(
        "name: shop}\n", "name: shop, annotations: {autoscaling.keda.sh/paused: 'true'}}\n"
    )
    assert "it is paused" in look({**GOOD, HPA: paused})["autoscaler_faults"][0]


def test_two_autoscalers_of_one_workload_work_against_each_other() -> None:
    found = look(
        {
            **GOOD,
            "k8s/hpa2.yaml": GOOD[HPA].replace("metadata: {name: shop}", "metadata: {name: b}"),
        }
    )
    assert found["autoscaled"] == []
    assert len(found["autoscaler_faults"]) == 2


def test_a_single_worker_does_not_decide_where_something_serves() -> None:
    worker = (
        DEPLOYMENT.replace("app: shop", "app: work")
        .replace("{name: shop}", "{name: work}")
        .replace("replicas: 3", "replicas: 1")
    )
    assert look({**GOOD, "k8s/worker.yaml": worker})["replicas_min"] == 2


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (AT, "readinessProbe: {httpGet: {path: /ready, port: http}}", "tty: false"),
        ("k8s/service.yaml", "selector: {app: shop}", "selector: {app: other}"),
        ("k8s/service.yaml", "{selector:", "{clusterIP: None, selector:"),
        (HPA, "minReplicas: 2", "minReplicas: 1"),
    ],
)
def test_false_green_a_service_is_no_balancer_without_replicas_that_tell_readiness(
    path: str, old: str, new: str
) -> None:
    assert look(changed(path, old, new))["load_balanced"] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{app: shop}}}\n---", "{app: other}}}\n---", "no disruption budget"),
        ("maxUnavailable: 1", "maxUnavailable: 0", "lets no pod go"),
        ("maxUnavailable: 1", "minAvailable: 60%", "lets no pod go"),
        ("maxUnavailable: 1", "maxUnavailable: 100%", "keeps no pod"),
        ("maxUnavailable: 1", "minAvailable: 0", "keeps no pod"),
    ],
)
def test_false_green_a_disruption_budget_that_protects_nothing(
    old: str, new: str, said: str
) -> None:
    assert said in look(changed("k8s/guards.yaml", old, new))["without_pdb"][0]


def test_what_nothing_spreads_or_fences_is_told() -> None:
    bare = {path: text for path, text in GOOD.items() if path != "k8s/guards.yaml"}
    assert "no network policy" in look(bare)["without_network_policy"][0]
    assert look(changed(AT, "topologySpreadConstraints", "nodeSelectors"))["without_spread"]


def test_a_volume_that_one_node_may_write_is_state_of_one_replica() -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce]}\n"
    mounted = changed(
        AT,
        "      containers:",
        "      volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]\n      containers:",
    )
    assert "the claim data" in look({**mounted, "k8s/pvc.yaml": claim})["single_replica_state"][0]
    shared = claim.replace("ReadWriteOnce", "ReadWriteMany")
    assert look({**mounted, "k8s/pvc.yaml": shared})["single_replica_state"] == []


def test_a_service_of_daemons_has_no_number_of_replicas() -> None:
    text = DEPLOYMENT.replace("kind: Deployment", "kind: DaemonSet").replace("  replicas: 3\n", "")
    evidence = run_probe(kubernetes_scaling, repo={**CODE, AT: text})
    assert "kubernetes.replicas_min" not in values(evidence)
    assert evidence.problems[0].facts == ("kubernetes.replicas_min",)
