"""What infra.kubernetes makes of kustomizations: what they apply, and how they change it."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.infra.kubernetes import kubernetes
from probes.infra.kubernetes_scaling import kubernetes_scaling
from tests.probes.infra.kube_world import CODE, DEPLOYMENT, HPA, SERVICE

PROBE = "        readinessProbe: {httpGet: {path: /ready, port: http}}\n"
BASE = {
    **CODE,
    "k/base/kustomization.yaml": "resources: [app.yaml, service.yaml]\n",
    "k/base/app.yaml": DEPLOYMENT.replace("replicas: 3", "replicas: 1"),
    "k/base/service.yaml": SERVICE,
}


def facts(overlay: str, **files: str) -> dict[str, Any]:
    """The facts of both probes over the base and one overlay."""
    repo = {
        **BASE,
        "k/overlays/production/kustomization.yaml": f"resources: [../../base]\n{overlay}",
    }
    repo |= {
        f"k/overlays/production/{name.replace('_', '.')}": text for name, text in files.items()
    }
    both = (values(run_probe(one, repo=repo)) for one in (kubernetes, kubernetes_scaling))
    return {key.removeprefix("kubernetes."): v for found in both for key, v in found.items()}


@pytest.mark.parametrize(
    "overlay",
    [
        "replicas: [{name: shop, count: 4}]\n",
        "patches: [{path: patch.yaml}]\n",
        "patchesStrategicMerge: [patch.yaml]\n",
        "patches:\n- target: {kind: Deployment}\n  patch: '[{op: replace, path: /spec/replicas, value: 4}]'\n",
        "patchesJson6902:\n- target: {kind: Deployment, name: shop}\n  patch: '[{op: replace, path: /spec/replicas, value: 4}]'\n",
        "namePrefix: a-\nreplicas: [{name: shop, count: 4}]\n",
    ],
)
def test_an_overlay_decides_what_runs(overlay: str) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 4}\n"
    found = facts(overlay, patch_yaml=patch)
    assert found["replicas_min"] == 4
    assert found["invalid"] == []
    assert found["workloads"][0].startswith("k/base/app.yaml:1 Deployment ")
    assert found["workloads"][0].endswith(" (by k/overlays/production/kustomization.yaml)")


def test_images_and_patches_of_containers_are_put_in() -> None:
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: shop, readinessProbe: null}]\n"
    )
    found = facts(
        "images: [{name: ghcr.io/acme/shop, newTag: latest}]\npatches: [{path: p.yaml}]\n",
        p_yaml=patch,
    )
    assert "shop:latest has a tag that moves" in found["unpinned_images"][0]
    assert "no readiness probe" in found["without_readiness"][0]


def test_false_green_a_manifest_that_no_kustomization_names_is_not_applied() -> None:
    repo = {**BASE, "k/base/hpa.yaml": HPA}
    assert values(run_probe(kubernetes, repo=repo))["kubernetes.unapplied"] == [
        "k/base/hpa.yaml is not named by k/base/kustomization.yaml"
    ]
    assert values(run_probe(kubernetes_scaling, repo=repo))["kubernetes.autoscaled"] == []


def test_false_green_a_component_that_none_takes_is_not_applied() -> None:
    component = {
        "k/hpa/kustomization.yaml": "kind: Component\nresources: [hpa.yaml]\n",
        "k/hpa/hpa.yaml": HPA,
    }
    scaled = "kubernetes.autoscaled"
    assert values(run_probe(kubernetes_scaling, repo={**BASE, **component}))[scaled] == []
    taken = {
        **BASE,
        **component,
        "k/base/kustomization.yaml": "resources: [app.yaml, service.yaml]\ncomponents: [../hpa]\n",
    }
    assert len(values(run_probe(kubernetes_scaling, repo=taken))[scaled]) == 1


def test_a_base_of_another_repository_hides_what_is_empty() -> None:
    repo = {
        **BASE,
        "k/base/kustomization.yaml": "resources: [app.yaml, 'https://git.test/a/b?ref=v1']\n",
    }
    evidence = run_probe(kubernetes, repo=repo)
    assert problems(evidence) == ["not_configured"]
    assert "kubernetes.without_limits" not in values(evidence)
    assert "kubernetes.workloads" in values(evidence)
    assert "kubernetes.replicas_min" not in values(run_probe(kubernetes_scaling, repo=repo))


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("configMapGenerator: []\ncomponents: [../gone]\n", "names ../gone, which is not there"),
        ("patches: [{path: gone.yaml}]\n", "names gone.yaml, which is not there"),
        ("patches: [{patch: '{kind: Deployment, metadata: {name: gone}}'}]\n", "patches Deployment gone, which is not there"),
        ("patches: [{patch: '[{op: remove, path: /spec}]'}]\n", "a patch of operations without a target"),
        ("patches: [{target: {kind: Service}, patch: '[{op: replace, path: /spec/no, value: 1}]'}]\n", "a patch names /no, which is not there"),
    ],
)  # fmt: skip
def test_what_kustomize_would_refuse_is_invalid(overlay: str, said: str) -> None:
    assert any(said in one for one in facts(overlay)["invalid"])


def test_kustomizations_that_build_upon_each_other_end() -> None:
    repo = {
        **CODE,
        "a/kustomization.yaml": "resources: [../b]\n",
        "b/kustomization.yaml": "resources: [../a]\n",
    }
    assert values(run_probe(kubernetes, repo=repo))["kubernetes.workloads"] == []


def test_names_with_a_prefix_still_belong_together() -> None:
    repo = {
        **BASE,
        "k/base/kustomization.yaml": "namePrefix: x-\ncommonLabels: {team: a}\nresources: [app.yaml, service.yaml, hpa.yaml]\n",
    }
    repo["k/base/hpa.yaml"] = HPA
    found = values(run_probe(kubernetes_scaling, repo=repo))
    assert len(found["kubernetes.autoscaled"]) == 1
    assert len(found["kubernetes.load_balanced"]) == 1
