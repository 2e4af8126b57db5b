"""Items made from `features:` of auditor.yaml: acceptance tests, a live check, a metric that moves."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model.item import All, Constraint, Item, Matcher, Requirement, Severity
from auditor.model.level import Level
from auditor.model.target import Feature

UNDECLARED = "core.features.declared"
"""The id of the item that stays open while no feature is declared."""
_HOW = """\
Declare the features in auditor.yaml, each with what proves it.

    features:
      - id: payments
        title: Pay an order
        tests: ["tests/e2e/test_pay.py::*"]
        live: {get: /pay/health}
        metric: payments_total
"""


def feature_items(
    features: tuple[Feature, ...], section: str, floors: Mapping[Severity, Level]
) -> tuple[Item, ...]:
    """One item a feature; a single open critical item where none is declared."""
    if not features:
        return (_undeclared(section),)
    return tuple(_item(f, f"{section}.{i}", floors) for i, f in enumerate(features, start=1))


def _undeclared(section: str) -> Item:
    return Item(
        id=UNDECLARED,
        number=f"{section}.1",
        title="The features of the service are declared, with what proves each of them",
        open_title="No feature of the service is declared, so none is proven",
        severity=Severity.CRITICAL,
        effort_h=2.0,
        floor=Level.EFFECTIVE,
        why="Whether the service does what it is for cannot be seen from code quality and infrastructure alone.",
        fix=_HOW,
        produce="features: in auditor.yaml",
        fooled="A list that leaves out the features which are hard to show.",
        stronger="Features taken from the busiest routes of production.",
    )


def _item(feature: Feature, number: str, floors: Mapping[Severity, Level]) -> Item:
    severity = Severity(feature.severity)
    parts = _parts(feature)
    return Item(
        id=f"core.features.{feature.id}",
        number=number,
        title=feature.title,
        open_title=f"{feature.title}: not proven",
        severity=severity,
        effort_h=4.0,
        require=All(parts) if parts else None,
        floor=floors[severity],
        max_age_s=7 * 86400.0,
        attestable=None if parts else Level.REPORTED,
        why="A declared feature that nobody exercises may have been broken for weeks.",
        fix=_fix(feature),
        produce="A JUnit report of the acceptance tests (pytest --junit-xml=reports/junit.xml), and --url.",
        fooled="Tests that pass against stubs, a path that answers 200 whatever happens, or a metric that"
        " something else moves.",
        stronger="Tests, a live check and a metric together, on the deployment of the audited commit.",
    )


def _parts(feature: Feature) -> tuple[Requirement, ...]:
    parts: list[Requirement] = []
    if feature.tests:
        parts.append(_number("features.tests_passed", feature.id, ">", 0.0))
        parts.append(_number("features.tests_failed", feature.id, "==", 0.0))
    if feature.live_path:
        parts.append(Constraint("features.live_ok", feature.id, Matcher("equals", True, "True")))
    if feature.metric:
        parts.append(_number("features.metric_total", feature.id, ">", 0.0))
    return tuple(parts)


def _number(key: str, subject: str, sign: str, number: float) -> Constraint:
    return Constraint(key, subject, Matcher(sign, number, f"{sign} {number:g}"))


def _fix(feature: Feature) -> str:
    steps = []
    if feature.tests:
        steps.append(f"Make the acceptance tests pass and report them: {', '.join(feature.tests)}.")
    if feature.live_path:
        steps.append(f"Make GET {feature.live_path} answer with a status of 2xx on the deployment.")
    if feature.metric:
        steps.append(
            f"Exercise the feature until the metric {feature.metric} is above 0 on the deployment."
        )
    return "\n".join(steps) or "Give the feature tests, a live check or a metric in auditor.yaml."
