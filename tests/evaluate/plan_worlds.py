"""Reports to plan from: sections of verdicts, scored by the scoring code; and the same question as a MILP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from auditor.evaluate.plan_calendar import Calendar
from auditor.evaluate.readiness import readiness
from auditor.evaluate.scoring import mean, section_score
from auditor.model.item import Category, Checklist, Item, Section, Severity
from auditor.model.plan import Effort
from auditor.model.report import CategoryResult, Report, SectionResult, Tally
from auditor.model.target import Target
from auditor.model.verdict import Outcome, Verdict, Waiver

MONDAY = date(2026, 3, 2)
CALENDAR = Calendar(MONDAY, Fraction(8))
RANKS = ("not_ready", "ready", "excellent", "perfect")
Chapters = Sequence[tuple[Fraction, Sequence[tuple[Fraction, Sequence[Verdict]]]]]
"""Categories by weight, each with sections by weight, each with verdicts."""


def verdict(
    name: str,
    outcome: Outcome = Outcome.FAIL,
    severity: Severity = Severity.IMPORTANT,
    *,
    effort: float = 4,
    weight: Fraction = Fraction(1),
    waived: str = "",
    pending: str = "",
    **more: str,
) -> Verdict:
    """A verdict; `waived` is when its waiver ends, `pending` from when the demand is in force."""
    made = Item(name, name, f"Title of {name}", severity, weight=weight, effort_h=effort, **more)  # type: ignore[arg-type]
    waiver = Waiver(name, "dana", "lee", "later", waived) if waived else None
    return Verdict(made, outcome, waived=waiver, pending=pending)


def report_of(chapters: Chapters, levels: Mapping[str, float] | None = None) -> Report:
    """The report of these verdicts."""
    categories = tuple(_category(n, *row) for n, row in enumerate(chapters, 1))
    checklist = Checklist(
        "test", "1", "A checklist", tuple(c.category for c in categories), levels=dict(levels or {})
    )
    score, _ = mean((c.score, c.category.weight) for c in categories if c.applicable)
    verdicts = [v for c in categories for s in c.sections for v in s.verdicts]
    return Report(
        "0", "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:09+00:00", Target("orders", "shop"),
        checklist, "b" * 64, readiness(checklist, score, verdicts), score, categories, {}, (), (),
        Tally(),
    )  # fmt: skip


def _category(
    number: int, weight: Fraction, rows: Sequence[tuple[Fraction, Sequence[Verdict]]]
) -> CategoryResult:
    results, parts = [], []
    for n, (share, verdicts) in enumerate(rows, 1):
        name = f"{number}.{n}"
        section = Section(
            f"s{name}", name, f"Section {name}", tuple(v.item for v in verdicts), share
        )
        score, applicable = section_score(verdicts)
        results.append(SectionResult(section, score, tuple(verdicts), applicable > 0))
        parts.append((score, share if applicable else Fraction(0)))
    score, applies = mean(parts)
    category = Category(
        f"c{number}", str(number), f"Category {number}", weight, tuple(r.section for r in results)
    )
    return CategoryResult(category, score, tuple(results), applies > 0)


def one_section(*verdicts: Verdict, levels: Mapping[str, float] | None = None) -> Report:
    """All in one section of one category: an item of n is worth 1/n."""
    return report_of([(Fraction(1), [(Fraction(1), verdicts)])], levels)


def passing(report: Report, names: set[str], by: date | None = None) -> Report:
    """The report from the beginning, as if these items passed, on a day on which waivers may have ended."""
    chapters = [
        (
            c.category.weight,
            [(s.section.weight, [_later(v, names, by) for v in s.verdicts]) for s in c.sections],
        )
        for c in report.categories
    ]
    return report_of(chapters, report.checklist.levels)


def _later(known: Verdict, names: set[str], by: date | None) -> Verdict:
    if known.item.id in names:
        return replace(known, outcome=Outcome.PASS, waived=None, pending="")
    if by is not None and known.waived is not None and known.waived.expires[:10] <= str(by):
        known = replace(known, waived=None)
    if by is not None and known.pending and known.pending <= str(by):
        known = replace(known, pending="")
    return known


def efforts(report: Report) -> dict[str, Effort]:
    """The efforts of the items, as the checklist says."""
    return {v.item.id: Effort(Fraction(v.item.effort_h)) for v in report.verdicts()}


@dataclass(frozen=True, slots=True)
class Linear:
    """A plan as a linear program over 0 and 1: least `costs`, at least `need` of `gains`, `forced` in."""

    costs: list[int]
    gains: list[int]
    need: int
    forced: list[bool]

    def optimum(self) -> int | None:
        """The least cost, found by a solver that knows nothing of the planner; None where there is none."""
        import highspy

        if not self.costs:
            return 0 if self.need <= 0 else None
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.0)
        chosen = [solver.addBinary(obj=c) for c in self.costs]
        for variable, forced in zip(chosen, self.forced, strict=True):
            if forced:
                solver.changeColBounds(variable.index, 1, 1)
        gain = sum((g * x for g, x in zip(self.gains, chosen, strict=True)), start=0 * chosen[0])
        solver.addConstr(gain >= self.need)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return round(solver.getObjectiveValue())
