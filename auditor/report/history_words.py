"""What every page of the history says alike: times, names of runs, since when an item is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from auditor.model.history import OpenSince, Run, RunKind, ServiceKey
from auditor.model.verdict import Outcome
from auditor.report.summary import LEVEL_WORDS
from auditor.report.text import one_line

_SPARKS = "▁▂▃▄▅▆▇█"
_PLAIN_SPARKS = "_.-:=+*#"
_LEAST_SPAN = 10.0
"""Percent: a spark line does not blow up what hardly moved."""


def when(seconds: int) -> str:
    """A time as `2025-10-06 12:00`, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def day(seconds: int) -> str:
    """A time as `2025-10-06`, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def iso(seconds: int | None) -> str | None:
    """A time in ISO 8601 with its zone."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds is not None else None


def address(key: ServiceKey) -> str:
    """A service in full: name@origin:root, as far as there is one."""
    origin = f"@{key.origin}" if key.origin else ""
    return one_line(f"{key.name}{origin}{f':{key.root}' if key.root else ''}")


def level(run: Run) -> str:
    """The level of a run as a reader sees it."""
    found = run.head.level
    return LEVEL_WORDS.get(found, one_line(found.replace("_", " ").upper()))


def commit(run: Run) -> str:
    """The commit of a run, short; `+` where the work tree had changes that were not committed."""
    if run.head.commit is None:
        return "no commit"
    return f"{one_line(run.head.commit)[:10]}{'+' if run.head.dirty else ''}"


def remarks(run: Run) -> str:
    """What is special about a run: its tag, that it was backfilled, its deployment, that it is a baseline."""
    head = run.head
    said = [head.ref, head.deployment and f"on {head.deployment}"]
    said += ["backfilled"] if head.kind is RunKind.BACKFILL else []
    said += ["baseline"] if run.baseline else []
    return ", ".join(one_line(part) for part in said if part)


def place(run: Run) -> str:
    """A run in a sentence: when, which commit, which number."""
    tag = f" {one_line(run.head.ref)}" if run.head.ref else ""
    return f"{day(run.head.at)} ({commit(run)}{tag}, run {run.id})"


def since(found: OpenSince) -> str:
    """`failing since …, passed last on …`; where no stored run saw it settled, at least since."""
    words = "failing" if found.item.outcome is Outcome.FAIL else "not known"
    if found.before is None:
        return f"{words} at least since {place(found.since)}"
    return f"{words} since {place(found.since)}, settled last on {place(found.before)}"


def spark(shares: Sequence[float], cells: int, *, ascii_only: bool = False) -> str:
    """The last shares (percent) as a line of bars, the lowest one lowest."""
    some = shares[-cells:]
    if not some:
        return ""
    signs = _PLAIN_SPARKS if ascii_only else _SPARKS
    low = min(some)
    span = max(max(some) - low, _LEAST_SPAN)
    return "".join(
        signs[min(int((share - low) / span * len(signs)), len(signs) - 1)] for share in some
    )
