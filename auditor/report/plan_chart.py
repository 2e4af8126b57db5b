"""The burn-up of a plan as coordinates: what is proven on which day, in the units of an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from auditor.model.plan import Plan
from auditor.report.plan_words import day, level, milestones, name, share
from auditor.report.summary import percent

WIDTH, HEIGHT = 960, 380
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 30, 48
_INTERVALS = (1, 2, 7, 14, 28, 56, 91, 182, 364, 1820, 18200, 182000)
_MOST_TICKS = 9
_MOST_WEEKENDS = 60


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place; for a line, the place where it begins."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn. `line` and `area` are points of SVG, `weekends` (start, width)."""

    line: str
    area: str
    dots: tuple[Label, ...]
    days: tuple[Label, ...]
    shares: tuple[Label, ...]
    goal: Label
    reached: tuple[Label, ...]
    weekends: tuple[tuple[float, float], ...]


def chart(plan: Plan) -> Chart:
    """The chart of a plan that has steps."""
    scale = _Scale(plan)
    corners = [(scale.x(Fraction(0)), scale.y(plan.now.score.proven))]
    dots, reached = [], []
    marks = milestones(plan)
    for at, step in enumerate(plan.steps):
        x, y = scale.x(step.hours_done), scale.y(step.after.score.proven)
        corners += [(x, corners[-1][1]), (x, y)]
        told = f"{at + 1}. {name(step)}: {percent(step.after.score.proven)} on {day(step.finish, year=True)}"
        dots.append(Label(x, y, told))
        if at in marks:
            reached.append(Label(x, y, marks[at]))
    base = scale.y(Fraction(0))
    area = [(corners[0][0], base), *corners, (corners[-1][0], base)]
    return Chart(
        line=_points(corners),
        area=_points(area),
        dots=tuple(dots),
        days=tuple(scale.ticks()),
        shares=tuple(
            Label(LEFT, scale.y(Fraction(n, 100)), f"{n} %") for n in (0, 20, 40, 60, 80, 100)
        ),
        goal=Label(
            LEFT,
            scale.y(min(plan.goal.threshold, Fraction(1))),
            f"{level(plan.goal.level)}: {share(plan.goal.threshold)}",
        ),
        reached=tuple(reached),
        weekends=tuple(scale.weekends()),
    )


def _points(corners: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


class _Scale:
    """Days and shares as coordinates. A working day fills its whole day on the chart."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._start = plan.start
        self._length = max((plan.finish - plan.start).days + 1, 1)

    def x(self, hours: Fraction) -> float:
        """Where that many hours of work are done."""
        plan = self._plan
        if not hours:
            return float(LEFT)
        whole, rest = divmod(hours / plan.hours_per_day, 1)
        number = int(whole) if rest else int(whole) - 1
        return self._place(self._calendar_day(number) + float(rest or 1))

    def y(self, part: Fraction) -> float:
        """Where a share stands."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - float(part)), 1)

    def ticks(self) -> list[Label]:
        """A few dates along the bottom."""
        interval = next((n for n in _INTERVALS if self._length / n <= _MOST_TICKS), _INTERVALS[-1])
        return [
            Label(self._place(n), HEIGHT - BOTTOM, self._named(n))
            for n in range(0, self._length + 1, interval)
            if self._start <= date.max - timedelta(days=n)
        ]

    def weekends(self) -> list[tuple[float, float]]:
        """The days on which nobody works, where so few that they can be told apart."""
        if self._plan.weekends or self._length > 7 * _MOST_WEEKENDS:
            return []
        first = (5 - self._start.weekday()) % 7
        ends = [(n, min(n + 2, self._length)) for n in range(first, self._length, 7)]
        return [(self._place(a), round(self._place(b) - self._place(a), 1)) for a, b in ends]

    def _calendar_day(self, number: int) -> int:
        """The day since the start on which the working day of that number falls; the first is one."""
        if self._plan.weekends:
            return number
        weeks, rest = divmod(self._start.weekday() + number, 5)
        return 7 * weeks + rest - self._start.weekday()

    def _named(self, number: int) -> str:
        return day(self._start + timedelta(days=number), year=self._length > 364)

    def _place(self, days: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * days / self._length, 1)
