"""Prometheus alert rules in the repository: valid, with thresholds, severities and runbooks, and loaded.

Reads rule files and PrometheusRule resources by content, and `rule_files` of Prometheus configurations.
Files show what is declared and wired in the repository; only a running Prometheus shows that rules are
loaded and evaluated. Rules that Helm renders are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from auditor.formats.errors import FormatError
from auditor.formats.prometheus_rules import Rule, RuleFile, parse, sniff
from auditor.formats.yaml_text import load_all
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

_LIMIT = 4 * 1024 * 1024
_SEVERITIES = ("severity", "level", "priority")
_RUNBOOKS = ("runbook_url", "runbook", "runbook_link", "playbook_url")
_NOWHERE = ("example.com", "example.org", "your-", "<", "changeme", "localhost")


@dataclass(slots=True)
class Found:
    """What the repository holds: rule files by path, refused ones, and the globs that load rules."""

    files: dict[str, RuleFile] = field(default_factory=dict)
    invalid: list[tuple[str, Location]] = field(default_factory=list)
    configurations: list[str] = field(default_factory=list)
    globs: list[str] = field(default_factory=list)


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
    emits=[RULES, INVALID, THRESHOLD, FOR, SEVERITY, RUNBOOK, MISSING, UNLOADED],
)
def alert_rules(ctx: Context) -> Iterator[Observation]:
    """Every rule file below the service root, or of the whole repository where it has none."""
    found = Found()
    entries = ctx.repo.find("**/*.{yml,yaml,rules}")
    yield from _read(ctx.repo, [e.path for e in entries], found)
    if not found.files and not found.invalid and ctx.repo.root:
        yield from _read(
            ctx.repo,
            [e.path for e in ctx.repo.entries if e.path.endswith((".yml", ".yaml"))],
            found,
        )
    alerts = [Alert(path, rule) for path, file in found.files.items() for rule in file.alerts]
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


def _read(repo: Repo, paths: list[str], found: Found) -> Iterator[Problem]:
    for path in paths:
        try:
            head = repo.head(path, 65536)
            if b"rule_files" in head and b"scrape_configs" in head:
                found.configurations.append(path)
                found.globs += rule_globs(repo.read(path, limit=_LIMIT).data)
            elif not sniff(head):
                continue
            elif "templates" in path.split("/")[:-1]:
                what = f"{path} holds rules that Helm renders; they were not read."
                yield Problem(ProblemKind.VACUOUS, what, "Audit with a running --prometheus.", ())
            else:
                _take(path, parse(repo.read(path, limit=_LIMIT).data), found)
        except Trouble as trouble:
            yield trouble.problem(*(f.key for f in (RULES, INVALID)))
        except FormatError as error:
            found.invalid.append((f"{path}: {error}", Location(path=path, line=error.line)))


def _take(path: str, file: RuleFile, found: Found) -> None:
    if file.all_problems:
        found.invalid.append((f"{path}: {file.all_problems[0]}", Location(path=path)))
    else:
        found.files[path] = file


def rule_globs(data: bytes) -> list[str]:
    """The `rule_files` of a Prometheus configuration. Raises Malformed and TooLarge."""
    for document in load_all(data):
        if isinstance(document.value, dict):
            globs = document.value.get("rule_files")
            return [str(g) for g in globs] if isinstance(globs, list) else []
    return []


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


def _unloaded(ctx: Context, found: Found) -> Iterator[Observation]:
    """Rule files whose name no `rule_files` glob fits; a PrometheusRule is loaded by the operator."""
    plain = [path for path, file in found.files.items() if not file.custom_resource]
    if plain and not found.configurations:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "No Prometheus configuration in the repository lists `rule_files`, so whether the rules are"
            " loaded is not known.",
            "Keep prometheus.yml in the repository, or audit with a running --prometheus.",
            (UNLOADED.key,),
        )
        return
    names = [glob.rpartition("/")[2] for glob in found.globs]
    unloaded = [
        p for p in plain if not any(fnmatchcase(p.rpartition("/")[2], name) for name in names)
    ]
    yield UNLOADED.of(
        unloaded,
        level=Level.EFFECTIVE,
        source=ctx.repo.source(", ".join(found.configurations) or "PrometheusRule resources"),
        locations=[Location(path=p) for p in unloaded],
        produced_at=ctx.observed_at,
    )
