"""What infra.releases says of how a new version of the service takes over."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.releases import FACTS, releases
from tests.probes.infra.kube_world import CODE, DEPLOYMENT, GOOD, SERVICE

KEYS = {fact.key for fact in FACTS}
AT = "k8s/deployment.yaml"
ANALYSIS = (
    "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: smoke}\n"
    "spec: {metrics: [{name: m, interval: 1m, provider: {web: {url: x}}, successCondition: 'result < 0.01'}]}\n"
)
SWITCH = "{blueGreen: {activeService: shop, previewService: preview, prePromotionAnalysis: {templates: [{templateName: smoke}]}}}"
STEPS = "{canary: {steps: [{setWeight: 5}, {analysis: {templates: [{templateName: smoke}]}}]}}"
FLAGGER = """apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  analysis:
    stepWeight: 5
    metrics: [{name: errors, templateRef: {name: errors}, thresholdRange: {max: 1}}]
"""
METRIC = (
    "apiVersion: flagger.app/v1beta1\nkind: MetricTemplate\nmetadata: {name: errors}\nspec: {}\n"
)


def rolled(strategy: str) -> dict[str, Any]:
    """The service as a Rollout of that strategy."""
    text = DEPLOYMENT.replace("apps/v1", "argoproj.io/v1alpha1").replace(
        "kind: Deployment", "kind: Rollout"
    )
    return {
        **GOOD,
        AT: text.replace("  replicas: 3\n", f"  replicas: 3\n  strategy: {strategy}\n"),
        "k8s/preview.yaml": SERVICE.replace("{name: shop}", "{name: preview}"),
        "k8s/analysis.yaml": ANALYSIS,
    }


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts that are not empty."""
    return {
        key: value
        for key, value in values(run_probe(releases, repo=files, **options)).items()
        if value
    }


def level(evidence: Evidence, key: str) -> Level:
    return next(fact.level for fact in evidence.facts if fact.key == key)


def test_a_switch_that_is_verified() -> None:
    assert look(rolled(SWITCH)) == {"bluegreen.declared": [f"{AT}:1 Rollout shop"]}


def test_a_share_that_is_judged() -> None:
    assert look(rolled(STEPS)) == {"canary.declared": [f"{AT}:1 Rollout shop"]}
    files = {**GOOD, "k8s/canary.yaml": FLAGGER, "k8s/metric.yaml": METRIC}
    assert look(files) == {"canary.declared": ["k8s/canary.yaml:1 Canary shop"]}


def test_workloads_that_are_replaced_in_place_are_known_to_be() -> None:
    evidence = run_probe(releases, repo=GOOD)
    assert set(values(evidence)) == KEYS
    assert look(GOOD) == {"releases.in_place": [f"{AT}:1 Deployment shop is replaced in its place"]}
    assert evidence.problems == ()


@pytest.mark.parametrize(
    "files",
    [
        {},
        CODE,
        {**CODE, "k8s/db.yaml": DEPLOYMENT.replace("ghcr.io/acme/shop:1.4.2", "postgres:17")},
    ],
)
def test_where_nothing_tells_nothing_is_said(files: dict[str, Any]) -> None:
    evidence = run_probe(releases, repo=files)
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]
    assert set(evidence.problems[0].facts) == KEYS


def test_charts_are_not_rendered_and_said_so() -> None:
    evidence = run_probe(
        releases,
        repo={
            **CODE,
            "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "chart/templates/r.yaml": "kind: Rollout\n",
        },
    )
    assert values(evidence) == {}
    assert "chart was not rendered" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("apiVersion: v1\nkind: Service\n a: b\n", "malformed"),
        (Trouble(ProblemKind.DENIED, "k8s/x.yaml could not be read."), "denied"),
    ],
)
def test_a_manifest_that_cannot_be_read_hides_what_is_empty(content: Any, kind: str) -> None:
    evidence = run_probe(releases, repo={**rolled(SWITCH), "k8s/x.yaml": content})
    assert problems(evidence) == [kind]
    assert set(values(evidence)) == {"bluegreen.declared"}


def test_false_green_a_rollout_of_another_workload() -> None:
    other = (
        rolled(SWITCH)[AT]
        .replace("ghcr.io/acme/shop:1.4.2", "postgres:17")
        .replace("{name: shop}", "{name: db}")
    )
    found = look({**GOOD, "k8s/db.yaml": other, "k8s/analysis.yaml": ANALYSIS})
    assert found == {"releases.in_place": [f"{AT}:1 Deployment shop is replaced in its place"]}


def test_false_green_one_of_two_workloads_is_replaced_in_place() -> None:
    admin = DEPLOYMENT.replace("app: shop", "app: admin").replace(
        "{name: shop}", "{name: shop-admin}"
    )
    service = SERVICE.replace("app: shop", "app: admin").replace("{name: shop}", "{name: admin}")
    found = look({**rolled(SWITCH), "k8s/admin.yaml": admin, "k8s/admin-svc.yaml": service})
    assert found["releases.in_place"] == [
        "k8s/admin.yaml:1 Deployment shop-admin is replaced in its place"
    ]


def test_false_green_a_rollout_that_is_not_applied() -> None:
    kustomization = "resources: [deployment.yaml, service.yaml]\n"
    files = {
        **GOOD,
        "k8s/kustomization.yaml": kustomization,
        "k8s/rollout.yaml": rolled(SWITCH)[AT],
    }
    found = look(files)
    assert found["releases.unapplied"] == [
        "k8s/rollout.yaml is not named by k8s/kustomization.yaml"
    ]
    assert "bluegreen.declared" not in found


@pytest.mark.parametrize(
    ("strategy", "path", "content", "fact", "said"),
    [
        (SWITCH, "k8s/analysis.yaml", ANALYSIS.replace("result < 0.01", "true"), "bluegreen.faults", "always the same"),
        (SWITCH, "k8s/preview.yaml", "", "bluegreen.faults", "preview is not in the manifests"),
        (SWITCH, "k8s/analysis.yaml", "", "bluegreen.faults", "smoke is not in the manifests"),
        (STEPS, "k8s/analysis.yaml", ANALYSIS.replace("interval: 1m", "count: 3, failureLimit: 3"), "canary.faults", "takes 3 bad"),
        (STEPS, "k8s/hpa.yaml", GOOD["k8s/hpa.yaml"].replace("minReplicas: 2", "minReplicas: 1").replace("kind: Deployment", "kind: Rollout"), "canary.faults", "no share"),
    ],
)  # fmt: skip
def test_false_green_a_release_that_verifies_nothing(
    strategy: str, path: str, content: str, fact: str, said: str
) -> None:
    found = look({**rolled(strategy), path: content})
    assert said in " ".join(found[fact])


def test_false_green_a_share_that_is_fixed_withdraws_nothing() -> None:
    route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\nspec: {http: [{route: [{weight: 95}, {weight: 5}]}]}\n"
    found = look({**GOOD, "k8s/route.yaml": route})
    assert "nothing withdraws it" in found["canary.faults"][0]
    assert found["releases.in_place"]
    assert "canary.faults" not in look({**rolled(STEPS), "k8s/route.yaml": route})


GROUP = """resource "aws_codedeploy_deployment_group" "shop" {
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
}
"""


def test_codedeploy_is_read_with_the_hooks_of_its_appspec() -> None:
    files = {**CODE, "infra/deploy.tf": GROUP}
    found = look(files)
    assert found["bluegreen.declared"] == ["infra/deploy.tf:1 aws_codedeploy_deployment_group.shop"]
    assert "neither a hook nor an alarm" in found["bluegreen.faults"][0]
    hooks = "version: 0.0\nHooks:\n  - AfterAllowTestTraffic: smoke\n"
    assert "bluegreen.faults" not in look({**files, "appspec.yaml": hooks})
    commented = hooks.replace("  - After", "  # - After")
    assert "bluegreen.faults" in look({**files, "appspec.yaml": commented})


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ('[deploy]\nstrategy = "bluegreen"\n[http_service]\n[[http_service.checks]]\npath = "/ready"\n', {"bluegreen.declared"}),
        ('[deploy]\nstrategy = "canary"\n', {"canary.declared", "canary.faults"}),
        ('# [deploy]\n# strategy = "bluegreen"\n', set()),
        ('[deploy]\nstrategy = "rolling"\n', set()),
    ],
)  # fmt: skip
def test_fly_has_strategies_of_its_own(text: str, facts: set[str]) -> None:
    assert set(look({**CODE, "fly.toml": text})) == facts


COLOURS = """services:
  shop-blue: {build: .}
  shop-green: {build: .}
  proxy: {image: 'nginx:1.27.3'}
"""
SCRIPT = """#!/bin/sh
next=green; [ "$(cat live)" = green ] && next=blue
docker compose up -d shop-$next
curl --fail http://localhost:8081/ready
docker compose exec proxy nginx -s reload
"""


def test_two_colours_and_a_script_are_prepared_only() -> None:
    evidence = run_probe(
        releases, repo={**CODE, "compose.yaml": COLOURS, "deploy/switch.sh": SCRIPT}
    )
    assert values(evidence)["bluegreen.declared"] == ["compose.yaml:2 shop in blue and green"]
    assert values(evidence)["bluegreen.faults"] == []
    assert level(evidence, "bluegreen.declared") is Level.DECLARED


@pytest.mark.parametrize(
    ("compose", "script", "said"),
    [
        (COLOURS, "", "nothing in the repository switches"),
        (COLOURS, SCRIPT.replace("docker compose exec", "# docker compose exec"), "nothing in the repository switches"),
        (COLOURS, SCRIPT.replace("curl", "# curl"), "without asking the new version first"),
    ],
)  # fmt: skip
def test_false_green_colours_that_nothing_switches_or_asks(
    compose: str, script: str, said: str
) -> None:
    found = look({**CODE, "compose.yaml": compose, "deploy/switch.sh": script})
    assert said in found["bluegreen.faults"][0]


def test_false_green_one_colour_or_another_image_is_none() -> None:
    assert look({**CODE, "compose.yaml": COLOURS.replace("shop-green", "worker")}) == {}
    assert (
        look({**CODE, "compose.yaml": COLOURS.replace("{build: .}", "{image: 'redis:7.4'}")}) == {}
    )
