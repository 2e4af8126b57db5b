"""One look of one probe: from its observations, or its trouble, to an Evidence.

Trouble is data. This is the one place of the broad `except`.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from pathlib import Path
from threading import current_thread, main_thread

from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Evidence, Fact, Finding, Problem, ProblemKind, Status
from auditor.model.probe import FactSpec, Need, ProbeSpec
from auditor.probing.contract import Context, Probe
from auditor.probing.doors.access import FORGES, ON_CALL
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble

_MOST = 20_000


def met(context: Context) -> dict[Need, bool]:
    """Each need, and whether this audit was given what meets it."""
    deployment = context.target.deployment
    return {
        Need.REPOSITORY: True,
        Need.NETWORK: not context.looking.offline,
        Need.URL: bool(deployment and deployment.url),
        Need.PROMETHEUS: bool(deployment and deployment.prometheus),
        Need.ALERTMANAGER: bool(deployment and deployment.alertmanager),
        Need.GRAFANA: bool(deployment and deployment.grafana),
        Need.LOKI: bool(deployment and deployment.loki),
        Need.KUBERNETES: bool(context.access.base("kubernetes")),
        Need.ON_CALL: any(map(context.access.base, ON_CALL)),
        Need.FORGE: any(map(context.access.base, FORGES)),
    }


def unmet(spec: ProbeSpec, context: Context) -> Problem | None:
    """The first need of a probe that this audit cannot meet, as the problem to record."""
    have = met(context)
    for need in spec.needs:
        if not have[need]:
            return lacking(need)
    return None


def lacking(need: Need, *facts: str) -> Problem:
    """That a need is not met, as the problem to record."""
    message, hint = _MISSING[need]
    kind = ProblemKind.DENIED if need is Need.NETWORK else ProblemKind.NOT_CONFIGURED
    return Problem(kind, message, hint, facts)


_MISSING = {
    Need.REPOSITORY: ("No repository was given.", "Give the path of a repository."),
    Need.NETWORK: ("--offline forbids the network.", "Run again without --offline."),
    Need.URL: (
        "No running deployment was given.",
        "Run again with --url https://your-staging-host.",
    ),
    Need.PROMETHEUS: ("No Prometheus was given.", "Run again with --prometheus URL."),
    Need.ALERTMANAGER: ("No Alertmanager was given.", "Run again with --alertmanager URL."),
    Need.GRAFANA: (
        "No Grafana was given.",
        "Run again with --grafana URL and AUDITOR_GRAFANA_TOKEN, of a service account with the role Viewer.",
    ),
    Need.LOKI: ("No Loki was given.", "Run again with --loki URL."),
    Need.KUBERNETES: (
        "No Kubernetes API was given.",
        "Run again with --kubernetes URL: of `kubectl proxy`, or of the API with AUDITOR_KUBERNETES_TOKEN.",
    ),
    Need.ON_CALL: (
        "No on-call system was given.",
        "Run again with AUDITOR_PAGERDUTY_TOKEN or AUDITOR_OPSGENIE_TOKEN, of a key that may only read.",
    ),
    Need.FORGE: (
        "No forge was given.",
        "Run again with AUDITOR_GITHUB_TOKEN or AUDITOR_GITLAB_TOKEN, of a token that may only read.",
    ),
}


def skipped(probe: Probe, context: Context, problem: Problem) -> Evidence:
    """The Evidence of a probe that did not look."""
    return Evidence(
        probe=probe.spec.id,
        version=probe.spec.version,
        status=Status.SKIPPED,
        problems=(problem,),
        started=context.observed_at,
    )


def failed(
    spec: ProbeSpec, context: Context, problem: Problem, duration_s: float = 0.0
) -> Evidence:
    """The Evidence of a probe whose look ended in a problem; what it saw before is not trusted."""
    return Evidence(
        probe=spec.id,
        version=spec.version,
        status=Status.FAILED,
        problems=(problem,),
        started=context.observed_at,
        duration_s=round(duration_s, 3),
    )


def look(probe: Probe, context: Context) -> Evidence:
    """Let a probe look. Never raises: what goes wrong is recorded in the Evidence."""
    missing = unmet(probe.spec, context)
    if missing is not None:
        return skipped(probe, context, missing)
    started = time.monotonic()
    try:
        seen = _Seen(probe.spec)
        for observation in probe.look(context):
            seen.take(observation)
        return seen.evidence(context, time.monotonic() - started)
    except Trouble as trouble:
        problem = _clean(trouble.problem())
    except FormatError as error:
        kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
        problem = Problem(kind, redact(str(error)))
    except BaseException as error:  # broad: a probe may break in any way (a parser may even call
        # sys.exit), and costs only its own items; Ctrl-C reaches the main thread alone.
        if isinstance(error, KeyboardInterrupt) and current_thread() is main_thread():
            raise
        problem = Problem(
            ProblemKind.CRASHED, _trace(error), f"This is a bug in the probe {probe.spec.id}."
        )
    return failed(probe.spec, context, problem, time.monotonic() - started)


class _Seen:
    """Sorts observations and refuses nonsense: unknown kinds, facts that were not promised."""

    def __init__(self, spec: ProbeSpec) -> None:
        self.spec = spec
        self.specs: dict[str, FactSpec] = {s.key: s for s in spec.emits}
        self.facts: list[Fact] = []
        self.problems: list[Problem] = []
        self.findings: list[Finding] = []

    def take(self, observation: object) -> None:
        if isinstance(observation, Fact):
            promised = self.specs.get(observation.key)
            if (
                promised is None
                or not promised.accepts(observation.value)
                or not promised.takes(observation.subject)
            ):
                raise TypeError(
                    f"the probe gave {observation.name} = {observation.value!r}, which it never promised"
                )
            self.facts.append(observation)
        elif isinstance(observation, Problem):
            self.problems.append(_clean(observation))
        elif isinstance(observation, Finding):
            self.findings.append(replace(observation, message=redact(observation.message)))
        else:
            raise TypeError(f"the probe gave {observation!r}, which is no fact, problem or finding")
        if len(self.facts) + len(self.problems) + len(self.findings) > _MOST:
            raise Trouble(
                ProblemKind.TOO_LARGE, f"The probe made more than {_MOST:,} observations."
            )

    def evidence(self, context: Context, duration_s: float) -> Evidence:
        return Evidence(
            probe=self.spec.id,
            version=self.spec.version,
            status=Status.OK,
            facts=tuple(sorted(self.facts, key=_fact_order)),
            problems=tuple(self.problems),
            findings=tuple(self.findings),
            started=context.observed_at,
            duration_s=round(duration_s, 3),
        )


def _clean(problem: Problem) -> Problem:
    return replace(problem, message=redact(problem.message), hint=redact(problem.hint))


def _fact_order(fact: Fact) -> tuple[str, str, str, str, str]:
    return fact.key, fact.subject, fact.source.locator, repr(fact.value), repr(fact)


def _trace(error: BaseException) -> str:
    """The error and the last places it passed through, without folders of this machine."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    # The text of an error may break as well: TracebackException says so in its place.
    said = redact(str(traceback.TracebackException(type(error), error, None)))[:300]
    return f"{type(error).__name__}: {said} ({places})"
