"""Blue-green and canary of Argo Rollouts and Flagger: what stops a bad version, and what only looks so."""

from __future__ import annotations

import pytest

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_progressive import Around, Kind, Release, release, split

AROUND = """
{apiVersion: v1, kind: Service, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: preview}}
---
{apiVersion: flagger.app/v1beta1, kind: MetricTemplate, metadata: {name: errors}}
"""
GOOD = "{name: m, interval: 1m, provider: {prometheus: {query: q}}, successCondition: 'result[0] < 0.01'}"


def analysis(metric: str = GOOD, more: str = "", name: str = "smoke") -> str:
    """An AnalysisTemplate of one metric."""
    return f"---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: {name}}}\nspec: {{metrics: [{metric}]{more}}}\n"


def argo(strategy: str, around: str = "", least: int = 3) -> Release | None:
    """How a Rollout of that strategy releases."""
    text = f"---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: shop}}\nspec: {{strategy: {strategy}}}\n"
    return found(text, around or analysis(), least)


def flagger(analysis: str, more: str = "") -> Release | None:
    """How a Canary of Flagger releases."""
    return found(
        f"---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {{name: shop}}\nspec: {{analysis: {analysis}{more}}}\n", "", 1
    )  # fmt: skip


def found(text: str, around: str, least: int) -> Release | None:
    objects = kube_manifest.read(AROUND + around + text, path="k.yaml")
    return release(objects[-1], Around.of(objects), least)


SWITCH = "{blueGreen: {activeService: shop, previewService: preview, prePromotionAnalysis: {templates: [{templateName: smoke}]}}}"
STEPS = "{canary: {steps: [{setWeight: 5}, {analysis: {templates: [{templateName: smoke}]}}, {setWeight: 50}]}}"


def test_a_switch_and_steps_that_are_judged_have_no_fault() -> None:
    assert argo(SWITCH) == Release(Kind.BLUE_GREEN, ())
    assert argo(STEPS) == Release(Kind.CANARY, ())
    background = (
        "{canary: {analysis: {templates: [{templateName: smoke}]}, steps: [{setWeight: 5}]}}"
    )
    assert argo(background) == Release(Kind.CANARY, ())


def test_what_replaces_in_place_is_no_release() -> None:
    assert argo("{canary: {maxSurge: 1}}") is None
    assert argo("{}") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("activeService: shop, ", "", "no active service"),
        ("previewService: preview, ", "", "no preview service"),
        ("previewService: preview", "previewService: gone", "gone is not in the manifests"),
        ("previewService: preview", "previewService: shop", "are the same"),
        ("templateName: smoke", "templateName: gone", "the analysis gone is not in the manifests"),
        ("{templates: [{templateName: smoke}]}", "{}", "names no template"),
        ("templateName: smoke}]", "templateName: smoke}], dryRun: [{metricName: '.*'}]", "dry run"),
        ("{blueGreen: {", "{blueGreen: {scaleDownDelaySeconds: 0, ", "no way back"),
        (", prePromotionAnalysis: {templates: [{templateName: smoke}]}", "", "without approval"),
        (
            "prePromotionAnalysis: {templates: [{templateName: smoke}]}",
            "autoPromotionEnabled: false, autoPromotionSeconds: 30",
            "by itself",
        ),
    ],
)
def test_false_green_a_switch_that_verifies_nothing(old: str, new: str, said: str) -> None:
    assert old in SWITCH
    made = argo(SWITCH.replace(old, new))
    assert made is not None
    assert any(said in fault for fault in made.faults), made.faults


def test_approval_by_a_person_is_enough_for_a_switch() -> None:
    approved = SWITCH.replace(
        "prePromotionAnalysis: {templates: [{templateName: smoke}]}", "autoPromotionEnabled: false"
    )
    assert argo(approved) == Release(Kind.BLUE_GREEN, ())


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (GOOD.replace("result[0] < 0.01", "true"), "always the same"),
        (GOOD.replace("result[0] < 0.01", "1 == 1"), "always the same"),
        (GOOD.replace("result[0] < 0.01", "result[0] >= 0"), "always the same"),
        (GOOD.replace("successCondition: 'result[0] < 0.01'", "failureCondition: 'false'"), "always the same"),
        (GOOD.replace(", successCondition: 'result[0] < 0.01'", ""), "no condition"),
        (GOOD.replace("interval: 1m", "count: 5, failureLimit: 5"), "of 5 measurements it takes 5"),
        (GOOD.replace("interval: 1m", "failureLimit: 1"), "of 1 measurements it takes 1"),
        (GOOD.replace("interval: 1m", "failureLimit: -1"), "cannot fail"),
        ("{name: m, provider: {job: {spec: {template: {spec: {containers: [{command: [sh, -c], args: [exit 0]}]}}}}}}", "does nothing"),
        ("{name: m, provider: {job: {spec: {template: {spec: {containers: [{command: [echo, done]}]}}}}}}", "does nothing"),
    ],
)  # fmt: skip
def test_false_green_an_analysis_that_cannot_fail(metric: str, said: str) -> None:
    for strategy in (SWITCH, STEPS):
        made = argo(strategy, analysis(metric))
        assert made is not None
        assert any(said in fault for fault in made.faults), made.faults


@pytest.mark.parametrize(
    "metric",
    [
        GOOD.replace(
            "successCondition: 'result[0] < 0.01'", "failureCondition: 'result[0] > 0.01'"
        ),
        GOOD.replace("interval: 1m", "count: 5, failureLimit: 2"),
        "{name: m, provider: {job: {spec: {template: {spec: {containers: [{command: [sh, -c], args: ['curl -f http://preview/health']}]}}}}}}",
        "{name: m, provider: {job: {spec: {template: {spec: {containers: [{image: smoke}]}}}}}}",
    ],
)
def test_an_analysis_that_can_fail(metric: str) -> None:
    assert argo(SWITCH, analysis(metric)) == Release(Kind.BLUE_GREEN, ())


def test_an_analysis_may_take_others_and_run_dry() -> None:
    outer = "---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: smoke}\nspec: {templates: [{templateName: inner}]}\n"
    assert argo(SWITCH, outer + analysis(name="inner")) == Release(Kind.BLUE_GREEN, ())
    dry = argo(SWITCH, analysis(more=", dryRun: [{metricName: m}]"))
    assert dry is not None
    assert "is a dry run" in dry.faults[0]


@pytest.mark.parametrize(
    ("strategy", "least", "said"),
    [
        (STEPS.replace("setWeight: 5}", "setWeight: 80}"), 3, "first share is 80 %"),
        (STEPS, 1, "there is no share"),
        ("{canary: {steps: [{setWeight: 100}]}}", 3, "no step gives it a share"),
        ("{canary: {steps: [{setWeight: 5}, {pause: {duration: 60}}]}}", 3, "nothing measures it"),
        ("{canary: {steps: [{setWeight: 5}, {pause: {}}]}}", 3, "only a person decides"),
        (STEPS.replace("{canary: {", "{canary: {canaryService: gone, trafficRouting: {nginx: {}}, "), 1, "gone is not in the manifests"),
    ],
)  # fmt: skip
def test_false_green_a_canary_that_nobody_judges(strategy: str, least: int, said: str) -> None:
    made = argo(strategy, least=least)
    assert made is not None
    assert any(said in fault for fault in made.faults), made.faults


METRICS = "metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]"


@pytest.mark.parametrize(
    ("analysis", "more", "expected"),
    [
        (f"{{stepWeight: 5, {METRICS}}}", "", Release(Kind.CANARY, ())),
        (f"{{stepWeights: [5, 20], {METRICS}}}", "", Release(Kind.CANARY, ())),
        (f"{{iterations: 10, {METRICS}}}", "", Release(Kind.BLUE_GREEN, ())),
        ("{iterations: 10, webhooks: [{type: pre-rollout, url: x}]}", "", Release(Kind.BLUE_GREEN, ())),
        ("{stepWeight: 5, metrics: [{name: e, templateRef: {name: errors}, thresholdRange: {max: 1}}]}", "", Release(Kind.CANARY, ())),
        ("{stepWeight: 5}", "", Release(Kind.CANARY, ("its analysis looks at no metric",))),
        ("{stepWeight: 5, webhooks: [{type: load-test}]}", "", Release(Kind.CANARY, ("its analysis looks at no metric",))),
        ("{stepWeight: 5, metrics: [{name: e}]}", "", Release(Kind.CANARY, ("the metric e has no threshold",))),
        ("{stepWeight: 5, metrics: [{name: e, thresholdRange: {min: 0}}]}", "", Release(Kind.CANARY, ("the metric e is never below 0",))),
        (f"{{stepWeight: 5, {METRICS}}}", ", skipAnalysis: true", Release(Kind.CANARY, ("its analysis is skipped",))),
        (f"{{stepWeight: 60, {METRICS}}}", "", Release(Kind.CANARY, ("its first share is 60 % of the traffic",))),
        (f"{{{METRICS}}}", "", Release(Kind.BLUE_GREEN, ("its analysis has neither weights nor iterations",))),
    ],
)  # fmt: skip
def test_flagger_judges_by_metrics_with_thresholds(
    analysis: str, more: str, expected: Release
) -> None:
    assert flagger(analysis, more) == expected


def test_a_metric_template_must_be_there() -> None:
    made = flagger(
        "{stepWeight: 5, metrics: [{name: e, templateRef: {name: gone}, thresholdRange: {max: 1}}]}"
    )
    assert made is not None
    assert "gone, which is not in the manifests" in made.faults[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{apiVersion: a/v1, kind: VirtualService, spec: {http: [{route: [{weight: 95}, {weight: 5}]}]}}", "95 to 5"),
        ("{apiVersion: a/v1, kind: VirtualService, spec: {http: [{route: [{weight: 100}, {weight: 0}]}]}}", ""),
        ("{apiVersion: a/v1, kind: HTTPRoute, spec: {rules: [{backendRefs: [{weight: 9}, {weight: 1}]}]}}", "9 to 1"),
        ("{apiVersion: a/v1, kind: Ingress, metadata: {annotations: {nginx.ingress.kubernetes.io/canary: 'true', nginx.ingress.kubernetes.io/canary-weight: '10'}}}", "10"),
        ("{apiVersion: a/v1, kind: Ingress, metadata: {annotations: {nginx.ingress.kubernetes.io/canary-weight: '10'}}}", ""),
        ("{apiVersion: v1, kind: Service}", ""),
    ],
)  # fmt: skip
def test_a_share_may_be_fixed_by_hand(text: str, expected: str) -> None:
    assert split(kube_manifest.read(text, path="k.yaml")[0]) == expected
