"""SARIF 2.1.0, in which analysers of any kind tell what they found: level, place and suppression."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from urllib.parse import unquote

from auditor.formats.scanners.sarif_log import (
    SarifLevel,
    SarifLog,
    SarifResult,
    SarifRule,
    SarifRun,
)
from auditor.formats.scanners.sarif_shape import (
    ArtifactLocation,
    Invocation,
    Location,
    Log,
    Result,
    Rule,
    Run,
    ToolComponent,
)
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge

__all__ = [
    "LIMIT",
    "MOST_RESULTS",
    "SarifLevel",
    "SarifLog",
    "SarifResult",
    "SarifRule",
    "SarifRun",
    "parse",
    "sniff",
]

LIMIT = 128 * 1024 * 1024
MOST_RESULTS = 500_000

_NAME = "The SARIF log"
_VERSION = "2.1.0"
_SCHEMA = re.compile(
    rb'\A\s*\{\s*(?:"version"\s*:\s*"[^"]*"\s*,\s*)?"\$schema"\s*:\s*"[^"]{0,300}sarif',
    re.IGNORECASE,
)
_RUNS = re.compile(
    rb'\A\s*\{\s*(?:"(?:\$schema|version)"\s*:\s*"[^"]{0,300}"\s*,\s*){0,2}"runs"\s*:\s*\['
)
_SIGNS = re.compile(rb'"version"\s*:\s*"2\.1\.0"|"driver"\s*:|"physicalLocation"\s*:|"ruleId"\s*:')
_DRIVE = re.compile(r"/[A-Za-z]:/")
_MESSAGE = 300
_LAST_LINE = 2**31 - 1


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like SARIF of version 2."""
    text = json_text.opening(head)
    return bool(_SCHEMA.search(text) or (_RUNS.search(text) and _SIGNS.search(text)))


def parse(data: bytes) -> SarifLog:
    """The log. Raises Malformed, and TooLarge past LIMIT bytes or MOST_RESULTS results in a run."""
    log = json_text.decode(data, Log, name=_NAME, limit=LIMIT)
    if log.version != _VERSION:
        raise Malformed(f"{_NAME} is of version {log.version[:20]!r}; only {_VERSION} can be read.")
    return SarifLog(tuple(_run(run) for run in log.runs or ()))


def _run(run: Run) -> SarifRun:
    driver = run.tool.driver
    components = [driver, *(run.tool.extensions or ())]
    rules = [[_rule(rule) for rule in component.rules or ()] for component in components]
    invocations = run.invocations or []
    notifications = [
        note
        for one in invocations
        for note in (
            *(one.toolExecutionNotifications or ()),
            *(one.toolConfigurationNotifications or ()),
        )
    ]
    ends = [t for one in invocations if (t := iso_time.read(one.endTimeUtc or "")) and t.tzinfo]
    return SarifRun(
        tool=driver.name,
        tool_version=driver.semanticVersion or driver.version,
        rules=tuple(rule for some in rules for rule in some),
        results=_results(run, _Rules(components, rules)),
        successful=_successful(invocations),
        errors=tuple(n.message.shown[:_MESSAGE] for n in notifications if n.level == "error"),
        notifications=len(notifications),
        arguments=tuple(
            word
            for one in invocations
            for word in (*(one.arguments or ()), *(one.commandLine or "").split())
        ),
        languages=tuple(dict.fromkeys(_languages(run))),
        artifacts=tuple(
            dict.fromkeys(
                p for a in run.artifacts or () if a.location and (p := _path(a.location, run))
            )
        ),
        revisions=tuple(
            one.revisionId for one in run.versionControlProvenance or () if one.revisionId
        ),
        finished_at=max(ends, default=None),
    )


def _successful(invocations: list[Invocation]) -> bool | None:
    """Whether every invocation succeeded; None where one of them, or all, do not say."""
    said = [one.executionSuccessful for one in invocations]
    if False in said:
        return False
    return None if not said or None in said else True


def _languages(run: Run) -> Iterator[str]:
    """The languages that a run states, in lower case."""
    properties = run.properties
    named = [run.defaultSourceLanguage, properties.language if properties else None]
    named += [artifact.sourceLanguage for artifact in run.artifacts or ()]
    automation = run.automationDetails.id if run.automationDetails else None
    named += re.findall(r"language:([\w+#-]+)", automation or "")
    yield from (name.lower() for name in named if name)


def _rule(rule: Rule) -> SarifRule:
    default = rule.defaultConfiguration
    properties = rule.properties
    return SarifRule(
        id=rule.id,
        name=rule.name or "",
        level=_level(default.level) if default and default.level else None,
        security_severity=_severity(properties.security_severity) if properties else None,
        tags=tuple(t for t in (properties.tags or ()) if isinstance(t, str)) if properties else (),
    )


class _Rules:
    """Finds the rule that a result means: by index into a component, else by id."""

    def __init__(self, components: list[ToolComponent], rules: list[list[SarifRule]]) -> None:
        self._rules = rules
        self._by_name = {c.name: at for at, c in reversed(list(enumerate(components)))}
        self._by_id = {rule.id: rule for some in reversed(rules) for rule in reversed(some)}

    def of(self, result: Result) -> SarifRule | None:
        reference = result.rule
        index = result.ruleIndex
        component: int | None = 0
        if reference is not None:
            index = index if index is not None else reference.index
            where = reference.toolComponent
            if where is not None:
                at = where.index
                component = at + 1 if at is not None else self._by_name.get(where.name or "")
        written = result.ruleId or (reference.id if reference else None)
        if component is not None and index is not None and 0 <= component < len(self._rules):
            rules = self._rules[component]
            # An index beside an id of another rule is a broken index: the id is what people see.
            if 0 <= index < len(rules) and written in (None, rules[index].id):
                return rules[index]
        return self._of_id(written or "")

    def _of_id(self, written: str) -> SarifRule | None:
        """The rule of that id, else of its parent: `CA1000/1` is a case of `CA1000`."""
        while written not in self._by_id and "/" in written:
            written = written.rpartition("/")[0]
        return self._by_id.get(written)


def _results(run: Run, rules: _Rules) -> tuple[SarifResult, ...] | None:
    if run.results is None:
        return None
    if run.externalPropertyFileReferences and run.externalPropertyFileReferences.results:
        return None  # more of them lie in another file
    if len(run.results) > MOST_RESULTS:
        raise TooLarge(f"{_NAME} holds more than {MOST_RESULTS:,} results in one run.")
    return tuple(_result(result, rules.of(result), run) for result in run.results)


def _result(result: Result, rule: SarifRule | None, run: Run) -> SarifResult:
    location = result.locations[0] if result.locations else None
    own = _severity(result.properties.security_severity) if result.properties else None
    suppressions = result.suppressions or []
    reference = result.rule.id if result.rule else None
    path, line = _place(location, run)
    return SarifResult(
        rule_id=result.ruleId or reference or (rule.id if rule else ""),
        level=_effective(result, rule),
        security_severity=own if own is not None or rule is None else rule.security_severity,
        message=result.message.shown[:_MESSAGE],
        path=path,
        line=line,
        suppressed=bool(suppressions)
        and all(one.status in (None, "accepted") for one in suppressions),
        absent=result.baselineState == "absent",
    )


def _effective(result: Result, rule: SarifRule | None) -> SarifLevel:
    """By section 3.27.10 of the standard; a kind other than fail, which is the default, is no failure.

    The standard forbids a level beside such a kind. Where both stand there, the level counts.
    """
    if result.level is not None:
        return _level(result.level)
    if result.kind not in (None, "fail"):
        return SarifLevel.NONE
    return rule.level if rule and rule.level else SarifLevel.WARNING


def _level(written: str) -> SarifLevel:
    try:
        return SarifLevel(written)
    except ValueError:
        raise Malformed(
            f"{_NAME} has the level {written[:40]!r}, which SARIF does not know."
        ) from None


def _severity(written: str | float | None) -> float | None:
    """A number from 0 up, which some tools write as text; None for what is no such number."""
    try:
        value = float(written) if written is not None else math.nan
    except (ValueError, OverflowError):
        return None
    return value if 0 <= value < math.inf else None


def _place(location: Location | None, run: Run) -> tuple[str | None, int | None]:
    physical = location.physicalLocation if location else None
    if physical is None or physical.artifactLocation is None:
        return None, None
    line = physical.region.startLine if physical.region else None
    known = line if line is not None and 1 <= line <= _LAST_LINE else None
    return _path(physical.artifactLocation, run), known


def _path(location: ArtifactLocation, run: Run) -> str | None:
    """The path of a URI as written, without scheme; from the run's artifacts where only indexed."""
    uri = location.uri
    artifacts = run.artifacts or []
    if uri is None and location.index is not None and 0 <= location.index < len(artifacts):
        indexed = artifacts[location.index].location
        uri = indexed.uri if indexed else None
    if not uri:
        return None
    if uri.lower().startswith("file://"):
        uri = uri[len("file://") :]
        uri = uri[1:] if _DRIVE.match(uri) else uri
    return unquote(uri).replace("\\", "/").removeprefix("./")
