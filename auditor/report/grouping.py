"""Reasons as a reader wants them: one problem that hides several facts is told once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from auditor.model.verdict import Outcome, Reason, Verdict

_BELOW_FLOOR = "below_floor"  # tells what was seen, not why something was not
_MOST_NAMED = 2
_COMMAND = re.compile(r"Run `[^`]+`")


def grouped(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons in their order, those with the same problem joined into the first: `Files scanned,
    high findings and 3 more: <problem>`. A reason is `<what is not known>: <problem>`."""
    groups: dict[tuple[str, str] | int, list[Reason]] = {}
    for at, reason in enumerate(reasons):
        problem, told = reason.problem, reason.text.partition(": ")[2]
        alone = problem is None or problem == _BELOW_FLOOR or not told
        groups.setdefault(at if alone else (problem or "", told), []).append(reason)
    return [group[0] if len(group) == 1 else _joined(group) for group in groups.values()]


def step_of(verdict: Verdict) -> str:
    """The command, in words, that would make what an unknown item lacks; "" where no probe names one."""
    if verdict.outcome is not Outcome.UNKNOWN:
        return ""
    return next((r.hint for r in verdict.reasons if _COMMAND.match(r.hint)), "")


def told(verdict: Verdict) -> list[Reason]:
    """The reasons of a verdict, grouped, without the words that its next step says again."""
    step = step_of(verdict)
    return [
        replace(one, text=one.text.removesuffix(step).rstrip())
        if step and one.hint == step
        else one
        for one in grouped(verdict.reasons)
    ]


def _joined(group: list[Reason]) -> Reason:
    first = group[0]
    told = first.text.partition(": ")[2]
    names = list(dict.fromkeys(reason.text.partition(": ")[0] for reason in group))
    facts = dict.fromkeys(reason.fact for reason in group if reason.fact)
    return replace(
        first,
        text=f"{_listed(names)}: {told}",
        fact=", ".join(facts) or None,
        expected=None,
        observed=None,
        locations=tuple(dict.fromkeys(place for reason in group for place in reason.locations)),
    )


def _listed(names: list[str]) -> str:
    """`Files scanned and high findings`; of more than three, the first two and a number."""
    words = [names[0], *map(_inside, names[1:])]
    if len(words) > _MOST_NAMED + 1:
        return f"{', '.join(words[:_MOST_NAMED])} and {len(words) - _MOST_NAMED} more"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _inside(name: str) -> str:
    """A name in the middle of a sentence: `SBOM files` stays, `Files scanned` does not."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name
