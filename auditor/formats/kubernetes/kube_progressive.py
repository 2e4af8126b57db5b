"""Blue-green and canary in Kubernetes (Argo Rollouts, Flagger), and what keeps one from catching a bad version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.formats.kubernetes.kube_model import KubeObject, dig, whole
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue

_TEMPLATES = ("AnalysisTemplate", "ClusterAnalysisTemplate")
_ALWAYS = re.compile(r"(?:asFloat\()?result(?:\[\d+\])?\)?\s*>=\s*0+(?:\.0+)?")
_IDLE = re.compile(
    r"(?:(?:/bin/)?(?:ba|a)?sh -e?c )?[\"']?(?:(?:true|:|exit 0|sleep \S+|echo [^;&|]*)(?:\s*(?:;|&&)\s*|$))+[\"']?"
)
_LONGEST = 500
_CHECKS = ("pre-rollout", "rollout", "confirm-rollout", "confirm-promotion")


class Kind(StrEnum):
    """How the new version takes over: all at once beside the old one, or a share at a time."""

    BLUE_GREEN = "blue-green"
    CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Release:
    """One way in which a new version takes over; `faults` say why it would not stop a bad one."""

    kind: Kind
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What is applied together with a rollout: names of Services, and analyses by what is wrong with them.

    `analyses` says "" of one that can fail; `metrics` are the templates of Flagger.
    """

    services: frozenset[str]
    analyses: dict[str, str]
    metrics: frozenset[str]

    @classmethod
    def of(cls, objects: Iterable[KubeObject]) -> Around:
        """Those of the objects of one application of manifests."""
        every = list(objects)
        templates = {one.name: one for one in every if one.kind in _TEMPLATES}
        return cls(
            frozenset(one.name for one in every if one.kind == "Service"),
            {name: _template_fault(one, templates) for name, one in templates.items()},
            frozenset(one.name for one in every if one.kind == "MetricTemplate"),
        )


def release(found: KubeObject, around: Around, least: int) -> Release | None:
    """How an object releases; None where it does not. `least` are the fewest replicas that it runs with."""
    if found.kind == "Canary" and found.api.startswith("flagger.app/"):
        return _flagger(found, around)
    if found.kind != "Rollout" or not found.api.startswith("argoproj.io/"):
        return None
    plan = dig(found.spec, "strategy", "blueGreen")
    if isinstance(plan, dict):
        return Release(Kind.BLUE_GREEN, tuple(_switch_faults(plan, around)))
    plan = dig(found.spec, "strategy", "canary")
    if isinstance(plan, dict) and plan.get("steps"):  # else it is a rolling update
        return Release(Kind.CANARY, tuple(_step_faults(plan, around, least)))
    return None


def _switch_faults(plan: dict[str, YamlValue], around: Around) -> Iterator[str]:
    active, preview = (text_of(plan.get(key)) for key in ("activeService", "previewService"))
    for role, name in (("active", active), ("preview", preview)):
        if not name:
            yield f"it has no {role} service"
        elif name not in around.services and not _templated(name):
            yield f"its {role} service {name} is not in the manifests"
    if active and active == preview:
        yield "its active and its preview service are the same"
    if plan.get("scaleDownDelaySeconds") == 0:
        yield "the old version goes at the switch, so that there is no way back"
    analysis = plan.get("prePromotionAnalysis")
    if analysis is not None:
        yield from _analysis_faults([analysis], around)
    elif plan.get("autoPromotionEnabled") is not False:
        yield "it is promoted without approval, and without an analysis before"
    elif plan.get("autoPromotionSeconds"):
        yield "it is promoted by itself when nobody approves in time"


def _step_faults(plan: dict[str, YamlValue], around: Around, least: int) -> Iterator[str]:
    stages = [mapping_of(stage) for stage in list_of(plan.get("steps"))]
    weights = [w for s in stages if isinstance(w := s.get("setWeight"), int)]
    shares = [w for w in weights if 0 < w < 100]
    if not shares:
        yield "no step gives it a share of the traffic"
    elif shares[0] > 50:
        yield f"its first share is {shares[0]} % of the traffic"
    routed = plan.get("trafficRouting")
    if not routed and shares and least < 2:
        yield f"it has {least} replica, of which there is no share"
    for key in ("canaryService", "stableService") if routed else ():
        name = text_of(plan.get(key))
        if name and name not in around.services and not _templated(name):
            yield f"its {key} {name} is not in the manifests"
    given: list[YamlValue] = [plan.get("analysis")]
    for stage in stages:
        inner = list_of(dig(stage, "experiment", "analyses"))
        given += [stage.get("analysis"), {"templates": inner} if inner else None]
    analyses = [one for one in given if one is not None]
    if not analyses:
        held = any("pause" in s and not dig(s["pause"], "duration") for s in stages)
        yield "only a person decides" if held else "it goes on by itself, and nothing measures it"
    else:
        yield from _analysis_faults(analyses, around)


def _analysis_faults(analyses: Sequence[YamlValue], around: Around) -> Iterator[str]:
    """Nothing where one of the analyses is able to fail; else what is wrong with each."""
    faults: list[str] = []
    for analysis in analyses:
        used = [mapping_of(one) for one in list_of(dig(analysis, "templates"))]
        dry = {text_of(mapping_of(d).get("metricName")) for d in list_of(dig(analysis, "dryRun"))}
        if dry & {".*", "*"}:
            faults.append("its analysis is a dry run")
            continue
        for one in used:
            name = text_of(one.get("templateName")) or ""
            if name not in around.analyses and (
                one.get("clusterScope") is True or _templated(name)
            ):
                return  # it is of the whole cluster, and kept elsewhere
            fault = around.analyses.get(name, "is not in the manifests")
            if not fault:
                return
            faults.append(f"the analysis {name} {fault}")
        if not used:
            faults.append("its analysis names no template")
    yield from dict.fromkeys(faults)


def _template_fault(found: KubeObject, templates: dict[str, KubeObject], depth: int = 0) -> str:
    """Why an AnalysisTemplate cannot fail, "" where it can."""
    metrics = [mapping_of(metric) for metric in list_of(found.spec.get("metrics"))]
    dry = [
        text_of(mapping_of(d).get("metricName")) or "" for d in list_of(found.spec.get("dryRun"))
    ]
    live = [m for m in metrics if not {".*", "*", text_of(m.get("name"))} & set(dry)]
    reasons = [_metric_fault(metric) for metric in live]
    for one in map(mapping_of, list_of(found.spec.get("templates"))):
        below = templates.get(text_of(one.get("templateName")) or "")
        if below is not None and depth < 5:
            reasons.append(_template_fault(below, templates, depth + 1))
    if "" in reasons:
        return ""
    if not reasons:
        return "is a dry run" if metrics else "has no metric"
    return reasons[0]


def _metric_fault(metric: dict[str, YamlValue]) -> str:
    limit = whole(metric.get("failureLimit"), 0)
    count = whole(metric.get("count"), 0 if metric.get("interval") else 1)
    if limit < 0 or (count and limit >= count):
        return f"cannot fail: of {count} measurements it takes {limit} bad ones"
    job = dig(metric, "provider", "job")
    if isinstance(job, dict):
        return "cannot fail: its job does nothing" if _idle(job) else ""
    if isinstance(dig(metric, "provider", "kayenta"), dict):
        return ""
    success, failure = (
        (text_of(metric.get(key)) or "").strip() for key in ("successCondition", "failureCondition")
    )
    if not success and not failure:
        return "cannot fail: its metric has no condition"
    for condition, harmless in ((success, True), (failure, False)):
        if condition and not _constant(condition, harmless):
            return ""
    return "cannot fail: its condition is always the same"


def _constant(condition: str, harmless: bool) -> bool:
    """Whether a condition does not look at the result, or takes every one."""
    return "result" not in condition or (harmless and _ALWAYS.fullmatch(condition) is not None)


def _idle(job: dict[str, YamlValue]) -> bool:
    containers = [
        mapping_of(c) for c in list_of(dig(job, "spec", "template", "spec", "containers"))
    ]
    for one in containers:
        words = (text_of(w) or "" for k in ("command", "args") for w in list_of(one.get(k)))
        written = " ".join(words).strip()
        if not written or len(written) > _LONGEST or not _IDLE.fullmatch(written):
            return False
    return True


def _flagger(found: KubeObject, around: Around) -> Release:
    plan = mapping_of(found.spec.get("analysis")) or mapping_of(found.spec.get("canaryAnalysis"))
    weighted = plan.get("stepWeight") or plan.get("stepWeights") or plan.get("match")
    kind = Kind.CANARY if weighted else Kind.BLUE_GREEN
    return Release(kind, tuple(_flagger_faults(found, plan, around, bool(weighted))))


def _flagger_faults(
    found: KubeObject, plan: dict[str, YamlValue], around: Around, weighted: bool
) -> Iterator[str]:
    if found.spec.get("skipAnalysis") is True:
        yield "its analysis is skipped"
    if found.spec.get("suspend") is True:
        yield "it is suspended"
    if not plan:
        yield "it has no analysis"
        return
    if not weighted and not plan.get("iterations"):
        yield "its analysis has neither weights nor iterations"
    first = list_of(plan.get("stepWeights"))[:1] or [plan.get("stepWeight")]
    if isinstance(first[0], int) and first[0] > 50:
        yield f"its first share is {first[0]} % of the traffic"
    reasons = [_flagger_metric(mapping_of(m), around) for m in list_of(plan.get("metrics"))]
    hooks = (text_of(mapping_of(h).get("type")) for h in list_of(plan.get("webhooks")))
    if "" not in reasons and not any(hook in _CHECKS for hook in hooks):
        yield reasons[0] if reasons else "its analysis looks at no metric"


def _flagger_metric(metric: dict[str, YamlValue], around: Around) -> str:
    """Why a metric cannot fail, "" where it can."""
    name = text_of(metric.get("name")) or ""
    template = text_of(dig(metric, "templateRef", "name"))
    away = dig(metric, "templateRef", "namespace") is not None
    if template and not away and template not in around.metrics:
        return f"the metric {name} has the template {template}, which is not in the manifests"
    bounds = mapping_of(metric.get("thresholdRange"))
    least, most = bounds.get("min", metric.get("threshold")), bounds.get("max")
    if least is None and most is None:
        return f"the metric {name} has no threshold"
    if most is None and isinstance(least, int | float) and least <= 0:
        return f"the metric {name} is never below {least}"
    return ""


def _templated(name: str) -> bool:
    return "{{" in name or "$" in name


def split(found: KubeObject) -> str:
    """The share of the traffic that an object gives one of two versions for good, "" for none."""
    if found.kind == "VirtualService":
        for route in map(mapping_of, list_of(found.spec.get("http"))):
            weights = [mapping_of(r).get("weight") for r in list_of(route.get("route"))]
            shares = [w for w in weights if isinstance(w, int) and 0 < w < 100]
            if len(shares) > 1:
                return " to ".join(map(str, shares))
    if found.kind == "Ingress":
        notes = mapping_of(dig(found.body, "metadata", "annotations"))
        prefix = "nginx.ingress.kubernetes.io/canary"
        share = text_of(notes.get(f"{prefix}-weight"))
        if text_of(notes.get(prefix)) == "true" and share and share.isdigit():
            return share if 0 < int(share) < 100 else ""
    if found.kind == "HTTPRoute":
        for rule in map(mapping_of, list_of(found.spec.get("rules"))):
            weights = [mapping_of(r).get("weight") for r in list_of(rule.get("backendRefs"))]
            shares = [w for w in weights if isinstance(w, int) and w > 0]
            if len(shares) > 1:
                return " to ".join(map(str, shares))
    return ""
