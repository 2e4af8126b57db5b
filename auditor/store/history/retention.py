"""Which runs a retention keeps: pure, so that what it would delete can be told and tested."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.model.history import Run
from auditor.store.history.trouble import BadHistory

_DAY_S = 86_400
_RULE = re.compile(r"(last|within|daily|weekly|monthly)=(\d{1,6})d?")
_PERIODS: dict[str, Callable[[datetime], object]] = {
    "daily": lambda when: when.date(),
    "weekly": lambda when: when.isocalendar()[:2],
    "monthly": lambda when: (when.year, when.month),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`last`: so many runs; `within`: all of so many days; `daily`, `weekly`, `monthly`: the last run of
    each of so many days, weeks or months that have one. Days are those of UTC.
    """

    kind: str
    number: int


def parse_rules(texts: Iterable[str]) -> tuple[Rule, ...]:
    """Rules as the operator writes them: last=30, within=90d, daily=14. Raises BadHistory."""
    rules = []
    for text in texts:
        found = _RULE.fullmatch(text.strip())
        if found is None or int(found[2]) == 0:
            raise BadHistory(
                f"--keep {text!r} is no retention. Write last=N, within=Nd, daily=N, weekly=N or"
                " monthly=N, with N at least 1, such as: --keep last=30 --keep monthly=24"
            )
        rules.append(Rule(found[1], int(found[2])))
    if not rules:
        raise BadHistory("Say what to keep, such as: --keep last=30 --keep monthly=24")
    return tuple(rules)


def dropped(runs: Iterable[Run], rules: Sequence[Rule], now: int) -> list[Run]:
    """The runs that no rule keeps, the newest first. `now` is in seconds since 1970.

    The last run of a service, its last run that is no backfill, and baselines are kept by every rule.
    """
    of_service: dict[int, list[Run]] = {}
    for run in runs:
        of_service.setdefault(run.service_id, []).append(run)
    gone: list[Run] = []
    for some in of_service.values():
        ordered = sorted(some, key=lambda run: (run.head.at, run.id), reverse=True)
        kept = {run.id for rule in rules for run in _kept(ordered, rule, now)}
        kept |= {run.id for run in ordered if run.baseline} | _always(ordered)
        gone += [run for run in ordered if run.id not in kept]
    return sorted(gone, key=lambda run: (run.head.at, run.id), reverse=True)


def _always(ordered: Sequence[Run]) -> set[int]:
    audits = [run.id for run in ordered if run.head.kind == "audit"]
    return {ordered[0].id, *audits[:1]}


def _kept(ordered: Sequence[Run], rule: Rule, now: int) -> Sequence[Run]:
    if rule.kind == "last":
        return ordered[: rule.number]
    if rule.kind == "within":
        return [run for run in ordered if run.head.at >= now - rule.number * _DAY_S]
    period = _PERIODS[rule.kind]
    first: dict[object, Run] = {}
    for run in ordered:
        first.setdefault(period(datetime.fromtimestamp(run.head.at, UTC)), run)
    return list(first.values())[: rule.number]
