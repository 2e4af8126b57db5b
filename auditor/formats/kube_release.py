"""How a new version takes over in Kubernetes: blue-green and canary of Argo Rollouts, Canary of Flagger."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.formats.kube_model import KubeObject, dig
from auditor.formats.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.yaml_text import YamlValue


def able(objects: Iterable[KubeObject]) -> frozenset[str]:
    """The names of AnalysisTemplates that can fail."""
    return frozenset(
        found.name
        for found in objects
        if found.kind in ("AnalysisTemplate", "ClusterAnalysisTemplate")
        and not all(_passes(mapping_of(metric)) for metric in list_of(found.spec.get("metrics")))
    )


def _passes(metric: dict[str, YamlValue]) -> bool:
    wanted = (text_of(metric.get(k)) for k in ("successCondition", "failureCondition"))
    success, failure = ((text or "").strip().lower() for text in wanted)
    return success == "true" or (failure == "false" and not success)


def switches(found: KubeObject, services: set[str], able: frozenset[str]) -> str | None:
    """What keeps the new version of a blue-green Rollout from being verified before the switch.

    "" where nothing does; None where it is not blue-green. `services` are those in the
    manifests, `able` the analyses that can fail.
    """
    plan = dig(found.spec, "strategy", "blueGreen")
    if found.kind != "Rollout" or not isinstance(plan, dict):
        return None
    active, preview = (text_of(plan.get(key)) for key in ("activeService", "previewService"))
    for role, name in (("active", active), ("preview", preview)):
        if not name:
            return f"it has no {role} service"
        if name not in services:
            return f"its {role} service {name} is not in the manifests"
    if active == preview:
        return "its active and its preview service are the same"
    approved = plan.get("autoPromotionEnabled") is False
    if approved or _analysed(plan.get("prePromotionAnalysis"), able):
        return ""
    return "it is promoted without approval, or an analysis that can fail"


def steps(found: KubeObject, able: frozenset[str]) -> str | None:
    """Why a share of the traffic decides nothing about a new version: "" where it does; None where none
    is given first."""
    if found.kind == "Canary" and found.api.startswith("flagger.app/"):
        analysis = mapping_of(found.spec.get("analysis"))
        return "" if list_of(analysis.get("metrics")) else "its analysis looks at no metric"
    plan = dig(found.spec, "strategy", "canary")
    if found.kind != "Rollout" or not isinstance(plan, dict):
        return None
    stages = [mapping_of(stage) for stage in list_of(plan.get("steps"))]
    weights = (w for s in stages if isinstance(w := s.get("setWeight"), int))
    if not any(0 < weight < 100 for weight in weights):
        return "no step gives it a share of the traffic"
    analyses = (plan.get("analysis"), *(stage.get("analysis") for stage in stages))
    held = any("pause" in stage and not mapping_of(stage["pause"]) for stage in stages)
    if held or any(_analysed(one, able) for one in analyses):
        return ""
    return "no step awaits approval, or an analysis that can fail"


def _analysed(analysis: YamlValue, able: frozenset[str]) -> bool:
    return any(
        text_of(one.get("templateName")) in able or one.get("clusterScope") is True
        for one in map(mapping_of, list_of(dig(analysis, "templates")))
    )
