"""Prometheus alert rules in the repository: valid, with thresholds, severities and runbooks, and loaded.

Reads rule files and PrometheusRule resources by content, texts in ConfigMaps too, and `rule_files` of
Prometheus configurations; not those among tests, examples and documents. Files show what is declared and
wired in the repository; only a running Prometheus shows that rules are loaded and evaluated. Rules that
Helm or Jsonnet renders are not read: where there are no others, how many rules there are is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.monitoring.prometheus_rules import Rule
from auditor.model.evidence import Location, Value
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.monitoring.prometheus_files import PrometheusFiles, prometheus_files, unloaded
from auditor.probing.repo import Repo

RULES = FactSpec("alerts.rules", FactType.NUMBER, "Alert rules in valid rule files", "alert rules")
INVALID = FactSpec("alerts.invalid", FactType.LIST, "Rule files that Prometheus would refuse")
THRESHOLD = FactSpec(
    "alerts.without_threshold", FactType.LIST, "Alerts that compare nothing with a number"
)
FOR = FactSpec("alerts.without_for", FactType.LIST, "Alerts without a `for` duration")
SEVERITY = FactSpec("alerts.without_severity", FactType.LIST, "Alerts without a severity label")
RUNBOOK = FactSpec(
    "alerts.without_runbook", FactType.LIST, "Alerts without a runbook link of their own"
)
MISSING = FactSpec("alerts.missing_runbooks", FactType.LIST, "Runbook links that lead nowhere")
UNLOADED = FactSpec(
    "alerts.unloaded_files", FactType.LIST, "Rule files that no Prometheus configuration loads"
)
OF_RULES = (RULES, INVALID, THRESHOLD, FOR, SEVERITY, RUNBOOK, MISSING)

_SEVERITIES = ("severity", "level", "priority")
_RUNBOOKS = ("runbook_url", "runbook", "runbook_link", "playbook_url")
_NOWHERE = ("example.com", "example.org", "your-", "<", "changeme", "localhost")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert rule and the file that it stands in."""

    path: str
    rule: Rule

    @property
    def place(self) -> Location:
        """File and line."""
        return Location(path=self.path, line=self.rule.line)


@probe(
    "monitoring.alert_rules",
    title="Prometheus alert rules",
    needs=[Need.REPOSITORY],
    emits=[*OF_RULES, UNLOADED],
    pure=True,
)
def alert_rules(ctx: Context) -> Iterator[Observation]:
    """Nothing where the only rules are those that something renders; else every fact."""
    found = prometheus_files(ctx.repo)
    hidden = tuple(fact.key for fact in (RULES, INVALID))
    yield from (replace(problem, facts=hidden) for problem in found.problems)
    none = not found.rules and not found.invalid
    if found.rendered:
        yield _not_read(found.rendered, none)
    if found.rendered and none:
        return
    alerts = [Alert(rules.path, rule) for rules in found.rules for rule in rules.alerts]
    source = ctx.repo.source("searched: *.yml, *.yaml and *.rules with `groups:` or PrometheusRule")
    links = [a for a in alerts if _dead(ctx.repo, a)]
    rows: list[tuple[FactSpec, Value, list[Location]]] = [
        (RULES, len(alerts), [a.place for a in alerts]),
        (INVALID, [text for text, _ in found.invalid], [place for _, place in found.invalid]),
        *_lists(THRESHOLD, [a for a in alerts if not has_threshold(a.rule)]),
        *_lists(FOR, [a for a in alerts if not a.rule.for_seconds]),
        *_lists(SEVERITY, [a for a in alerts if not _first(a.rule.labels, _SEVERITIES)]),
        *_lists(RUNBOOK, without_runbook(alerts)),
        *_lists(MISSING, links),
    ]
    for fact, value, places in rows:
        yield fact.of(
            value,
            level=Level.EFFECTIVE,
            source=source,
            locations=places[:50],
            produced_at=ctx.observed_at,
        )
    yield from _unloaded(ctx, found)


def _lists(fact: FactSpec, alerts: list[Alert]) -> list[tuple[FactSpec, Value, list[Location]]]:
    return [(fact, [a.rule.name for a in alerts], [a.place for a in alerts])]


def _not_read(paths: list[str], alone: bool) -> Problem:
    told = f"{paths[0]} and {len(paths) - 1} more hold" if len(paths) > 1 else f"{paths[0]} holds"
    what = f"{told} rules that Helm or Jsonnet renders; they were not read."
    hint = "Keep the rendered rules in the repository, or attest the rules that are loaded."
    facts = tuple(fact.key for fact in (*OF_RULES, UNLOADED)) if alone else ()
    return Problem(ProblemKind.VACUOUS, what, hint, facts)


def has_threshold(rule: Rule) -> bool:
    """Whether an alert compares with a number, tests absence, or is a dead man's switch by design."""
    expression = rule.expression
    if expression is None:
        return False
    return bool(expression.comparisons) or expression.uses_absent or expression.constant


def _first(values: dict[str, str], names: tuple[str, ...]) -> str:
    return next((values[n].strip() for n in names if values.get(n, "").strip()), "")


def _runbook(alert: Alert) -> str:
    return _first(alert.rule.annotations, _RUNBOOKS) or _first(alert.rule.labels, _RUNBOOKS)


def without_runbook(alerts: list[Alert]) -> list[Alert]:
    """Alerts without a link, and those that share one link with alerts of other names."""
    names: dict[str, set[str]] = {}
    for alert in alerts:
        names.setdefault(_runbook(alert), set()).add(alert.rule.name)
    return [a for a in alerts if not _runbook(a) or len(names[_runbook(a)]) > 3]


def _dead(repo: Repo, alert: Alert) -> bool:
    """Whether a runbook link is a placeholder, or a repository path that is not there."""
    link = _runbook(alert)
    if not link:
        return False
    if any(word in link.lower() for word in _NOWHERE):
        return True
    if "://" in link or "{{" in link:
        return False
    path = link.partition("#")[0]
    try:
        return not (repo.exists(repo.within(path)) or repo.exists(path))
    except Trouble:
        return True


def _unloaded(ctx: Context, found: PrometheusFiles) -> Iterator[Observation]:
    """Rule files that nothing loads; not known where no configuration is there or one is broken."""
    plain = [rules for rules in found.rules if not rules.rules.custom_resource]
    lost = unloaded(ctx.repo, found)
    if lost and found.unread:
        yield from (replace(problem, facts=(UNLOADED.key,)) for problem in found.unread)
        return
    if plain and not found.configurations:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "No Prometheus configuration in the repository lists `rule_files`, so whether the rules are"
            " loaded is not known.",
            "Keep prometheus.yml in the repository, or audit with a running --prometheus.",
            (UNLOADED.key,),
        )
        return
    yield UNLOADED.of(
        [str(rules) for rules in lost],
        level=Level.EFFECTIVE,
        source=ctx.repo.source(", ".join(found.configurations) or "PrometheusRule resources"),
        locations=[Location(path=rules.path) for rules in lost],
        produced_at=ctx.observed_at,
    )
