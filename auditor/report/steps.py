"""What to do about open items: the next step of each, and the few that are worth the most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from shlex import quote
from textwrap import dedent

from auditor.evaluate.plan_score import gains
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report.grouping import step_of
from auditor.report.text import one_line

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_COMMAND_ALONE = re.compile(r"Run `([^`]+)`, then audit again\.")
_BLANK_LINES = re.compile(r"\n\s*\n")
_EFFORT_OF_A_COMMAND_H = 0.25
_EFFORT_WHERE_UNKNOWN_H = 2.0


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do about one open item: advice, a command to run, a block to paste; each may be empty."""

    advice: str
    command: str = ""
    block: str = ""

    def __str__(self) -> str:
        """The advice and the command on one line."""
        words = " ".join(self.advice.split())
        joint = " " if words.endswith((".", "!", "?", ":")) else ": "
        return joint.join(part for part in (words, one_line(self.command)) if part)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do that moves one or more open items. `gain` is a share of the total score.

    `effort_h` is in hours, 0 where it is not known.
    """

    verdicts: tuple[Verdict, ...]
    next: NextStep
    gain: Fraction
    effort_h: float


def next_step(verdict: Verdict) -> NextStep:
    """The next step of an open item: mend what failed, or make the evidence that is missing.

    An id may come from a target (its features are items), so a command holds it quoted.
    """
    item = verdict.item
    unseen = verdict.outcome is Outcome.UNKNOWN
    if own := _of_the_stack(verdict):
        return own
    if unseen and item.produce:
        return _evidence(item.produce)
    if item.fix:
        return fix(item.fix)
    for check in verdict.checks:
        if check.open:
            return next_step(check)
    if item.produce:
        return NextStep("Mend it, then produce the evidence again:", item.produce)
    if unseen and item.attestable is not None:
        return NextStep("Have its owner attest it:", f"auditor attest {quote(item.id)}")
    return NextStep(
        "Compare what was seen with what the checklist asks for, and mend the difference."
    )


def _of_the_stack(verdict: Verdict) -> NextStep | None:
    """The command by which a probe would have the missing report made, in the target's own stack."""
    hint = step_of(verdict)
    alone = _COMMAND_ALONE.fullmatch(hint)
    if alone is not None:
        return NextStep("Produce the evidence:", alone[1])
    return NextStep(f"Produce the evidence: {hint}") if hint else None


def _evidence(produce: str) -> NextStep:
    """A command to paste; words about one, with the command in backticks, are advice."""
    if "`" in produce:
        return NextStep(f"Produce the evidence: {produce}")
    return NextStep("Produce the evidence:", produce)


def fix(text: str) -> NextStep:
    """A fix as a checklist writes it: advice, and what is indented by four spaces is there to paste."""
    advice: list[str] = []
    block: list[str] = []
    for line in text.splitlines():
        (block if line.startswith("    ") or not line.strip() else advice).append(line)
    paste = dedent("\n".join(block)).strip("\n")
    return NextStep("\n".join(advice), block=_BLANK_LINES.sub("\n\n", paste))


def what_next(report: Report, limit: int = 5) -> list[Step]:
    """The steps worth most: blockers first, then by what they gain for an hour of work.

    Items that the same command decides are one step. Waived items are left out.
    """
    worth = gains(report)
    groups: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts():
        if verdict.blocks:
            groups.setdefault(next_step(verdict).command or verdict.item.id, []).append(verdict)
    steps = [_step(group, worth) for group in groups.values()]
    return sorted(steps, key=_rank)[:limit]


def _step(group: list[Verdict], worth: dict[str, Fraction]) -> Step:
    group = sorted(group, key=lambda v: _RANKS[v.item.severity])
    gain = sum((worth.get(v.item.id, Fraction(0)) for v in group), Fraction(0))
    return Step(tuple(group), next_step(group[0]), gain, sum(_work(v) for v in group))


def _work(verdict: Verdict) -> float:
    """Hours of work that are known to be needed; what is only unproven may need none."""
    return max(verdict.item.effort_h, 0.0) if verdict.outcome is Outcome.FAIL else 0.0


def _rank(step: Step) -> tuple[int, float]:
    unseen = all(v.outcome is Outcome.UNKNOWN for v in step.verdicts)
    hours = step.effort_h or (_EFFORT_OF_A_COMMAND_H if unseen else _EFFORT_WHERE_UNKNOWN_H)
    return _RANKS[step.verdicts[0].item.severity], -float(step.gain) / hours
