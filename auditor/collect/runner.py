"""THE place of concurrency and deadlines: runs probes phase by phase, each costing only itself.

A Python thread cannot be stopped from outside. A probe past its deadline is given up: its thread is
a daemon, its late answer is thrown away, and its items are unknown.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Protocol
from urllib.parse import urlsplit

from auditor.codec import Undecodable, Unencodable, decode, encode
from auditor.collect.memo import Memo
from auditor.model.evidence import Evidence, Problem, ProblemKind
from auditor.model.probe import Phase
from auditor.model.target import Deployment, Looking
from auditor.probing.contract import Context, Probe
from auditor.probing.looking import failed, look, skipped

_WIDTH = {
    Phase.STATIC: max(4, min(8, (os.cpu_count() or 2) * 2)),
    Phase.LIVE: 4,
    Phase.QUIET: 1,
    Phase.INTRUSIVE: 1,
}


class Progress(Protocol):
    """Who is told how the work goes."""

    def began(self, probe: str) -> None:
        """A probe began to look."""

    def ended(self, evidence: Evidence) -> None:
        """A probe answered, was skipped or was given up."""


class Silence:
    """Tells nobody."""

    def began(self, probe: str) -> None:
        """Nothing."""

    def ended(self, evidence: Evidence) -> None:
        """Nothing."""


def collect(
    probes: Iterable[Probe], context: Context, progress: Progress | None = None
) -> list[Evidence]:
    """The evidence of every probe, sorted by probe id."""
    told = progress or Silence()
    evidence: list[Evidence] = []
    allowed: list[Probe] = []
    for one in probes:
        refusal = _refusal(one, context)
        if refusal is None:
            allowed.append(one)
        else:
            evidence.append(skipped(one, context, refusal))
            told.ended(evidence[-1])
    memo = Memo(context)
    known = memo.known(allowed)
    fresh: list[Evidence] = []
    for phase in Phase:
        members = sorted((p for p in allowed if p.spec.phase is phase), key=lambda p: p.spec.id)
        for one in members:
            if one.spec.id in known:
                told.ended(known[one.spec.id])
        waiting = [p for p in members if p.spec.id not in known]
        fresh += _run(waiting, context, _WIDTH[phase], told)
    memo.keep(allowed, fresh)
    return sorted([*evidence, *known.values(), *fresh], key=lambda e: e.probe)


def _refusal(one: Probe, context: Context) -> Problem | None:
    """Why the operator does not allow a probe to look, if so."""
    looking = context.looking
    only = looking.only
    chosen = not only or any(fnmatch(one.spec.id, pattern) for pattern in only)
    if not chosen and not _is_about_the_audit(one):
        return Problem(
            ProblemKind.DENIED, "It was not selected by --only.", "Run again without --only."
        )
    if one.spec.phase is not Phase.INTRUSIVE:
        return None
    if not (looking.allow_intrusive or looking.allow_load):
        return Problem(
            ProblemKind.DENIED,
            "It puts load on the deployment, or attacks it.",
            "Run again with --allow-load or --allow-intrusive, and --allow-host for a host that may bear it.",
        )
    return _spared(context.target.deployment, looking)


def _is_about_the_audit(one: Probe) -> bool:
    """Whether a probe tells nothing but what the audit was given, which it was in any case."""
    keys = [spec.key for spec in one.spec.emits]
    return bool(keys) and all(key.startswith("given.") for key in keys)


def _spared(deployment: Deployment | None, looking: Looking) -> Problem | None:
    """Why a deployment may not be loaded or attacked: it is in production, or not on the list."""
    if deployment is None or deployment.url is None:
        return None
    if deployment.production:
        return Problem(
            ProblemKind.DENIED,
            f"The deployment {deployment.name} is a production one, and this puts load on it.",
            "Name a deployment that may bear it with --deployment.",
        )
    host = urlsplit(deployment.url).hostname or ""
    if host not in {h.lower() for h in looking.allow_hosts}:
        return Problem(
            ProblemKind.DENIED,
            f"The host {host} is not on the list of those that may bear load.",
            f"Run again with --allow-host {host} if it is no production host.",
        )
    return None


def _run(probes: list[Probe], context: Context, width: int, progress: Progress) -> list[Evidence]:
    waiting = deque(probes)
    running: dict[str, tuple[Probe, float]] = {}
    answers: queue.SimpleQueue[Evidence] = queue.SimpleQueue()
    evidence: list[Evidence] = []
    while waiting or running:
        while waiting and len(running) < width:
            one = waiting.popleft()
            running[one.spec.id] = (one, time.monotonic() + one.spec.timeout_s)
            progress.began(one.spec.id)
            _start(one, context, answers)
        first = min(deadline for _, deadline in running.values())
        try:
            answer = answers.get(timeout=max(0.0, first - time.monotonic()))
        except queue.Empty:
            done = _overdue(running, context)
        else:
            done = [answer] if answer.probe in running else []
        for answer in done:
            running.pop(answer.probe)
            evidence.append(answer)
            progress.ended(answer)
    return evidence


def _start(one: Probe, context: Context, answers: queue.SimpleQueue[Evidence]) -> None:
    threading.Thread(
        target=lambda: answers.put(_storable(look(one, context), one, context)),
        name=f"probe {one.spec.id}",
        daemon=True,
    ).start()


def _storable(answer: Evidence, one: Probe, context: Context) -> Evidence:
    """The answer, when it can be stored and read back; an answer that cannot be is none."""
    try:
        written = encode(answer)
        clean = context.access.clean(written)
        told = decode(clean, Evidence)
    except (Unencodable, Undecodable) as error:
        return failed(
            one.spec,
            context,
            Problem(
                ProblemKind.CRASHED,
                f"The probe {one.spec.id} gave what cannot be stored: {error}.",
                f"This is a bug in the probe {one.spec.id}.",
            ),
            answer.duration_s,
        )
    return answer if clean == written else told


def _overdue(running: dict[str, tuple[Probe, float]], context: Context) -> list[Evidence]:
    now = time.monotonic()
    late = [one for one, deadline in running.values() if deadline <= now]
    return [
        failed(
            one.spec,
            context,
            Problem(
                ProblemKind.TIMED_OUT,
                f"The probe {one.spec.id} did not finish within {one.spec.timeout_s:g} s and was given up.",
            ),
            one.spec.timeout_s,
        )
        for one in late
    ]
