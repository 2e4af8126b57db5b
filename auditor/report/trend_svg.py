"""The trend of a service as one SVG: loads nothing, runs nothing, follows the reader's light or dark.

Between two audits the last one's word stands, so the lines are steps. It can be read by a screen reader:
title and description say in words what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from auditor.model.history import Run, RunKind, TrendPoint
from auditor.report import history_words as words
from auditor.report.summary import counted, percent
from auditor.report.text import clipped
from auditor.report.trend import sampled

WIDTH, HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 46, 270
_BARS_TOP, _BARS_BOTTOM = 300, 340
_MOST_DOTS = 240
_MOST_TICKS = 6
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Dot:
    """A run as it is drawn; `told` is what the reader sees beside it."""

    x: float
    y: float
    told: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The open blockers from one run to the next."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis and where it stands."""

    at: float
    text: str
    anchor: str = "middle"


def svg(points: Sequence[TrendPoint]) -> str:
    """The chart; there is at least one point, and they are in the order of time."""
    drawn = list(points) if len(points) <= _MOST_DOTS else _thinned(points)
    scale = _Scale(points)
    goal = points[-1].run.head.ready_from
    highest = max(p.run.head.open_blockers for p in points)
    page = _environment().get_template("trend.svg.j2")
    return page.render(
        width=WIDTH, height=HEIGHT, left=_LEFT, right=WIDTH - _RIGHT, top=_TOP, bottom=_BOTTOM,
        bars_top=_BARS_TOP, bars_bottom=_BARS_BOTTOM,
        title=_title(points[-1].run), description=_description(points),
        heading=clipped(points[-1].run.service.name, _LONGEST_NAME),
        proven=_steps([(scale.x(p), _y(float(p.run.head.score.proven))) for p in drawn]),
        band=_band(drawn, scale),
        dots=list(_dots(drawn, scale)),
        bars=list(_bars(drawn, scale, highest)), highest=highest,
        ready=_y(goal / 100), goal=f"{goal:g}", days=list(scale.ticks()),
        shares=[Tick(_y(share / 100), f"{share} %") for share in (0, 25, 50, 75, 100)],
    ).rstrip("\n") + "\n"  # fmt: skip


def _thinned(points: Sequence[TrendPoint]) -> list[TrendPoint]:
    """So many that each can be told from its neighbour; the first and the last are among them."""
    some = [points[0], *sampled(points, _MOST_DOTS - 1)]
    return [p for at, p in enumerate(some) if at == 0 or p is not some[at - 1]]


class _Scale:
    """Time across the width; a single moment stands at the left end, and lasts to the right."""

    def __init__(self, points: Sequence[TrendPoint]) -> None:
        self._first, self._last = points[0].run.head.at, points[-1].run.head.at

    def x(self, point: TrendPoint) -> float:
        return self.of(point.run.head.at)

    def of(self, seconds: float) -> float:
        span = self._last - self._first
        part = (seconds - self._first) / span if span else 0.0
        return round(_LEFT + part * (WIDTH - _RIGHT - _LEFT), 1)

    def ticks(self) -> Iterator[Tick]:
        span = self._last - self._first
        many = _MOST_TICKS if span >= _MOST_TICKS * 86_400 else 2 if span >= 86_400 else 1
        for at in range(many):
            seconds = self._first + (span * at // (many - 1) if many > 1 else 0)
            anchor = "start" if at == 0 else "end" if at == many - 1 else "middle"
            yield Tick(self.of(seconds), words.day(seconds), anchor)


def _y(share: float) -> float:
    return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def _steps(corners: Sequence[tuple[float, float]]) -> str:
    """A path that goes right, then up or down; the last corner lasts to the right end."""
    path = [f"M{corners[0][0]} {corners[0][1]}"]
    path += [f"H{x}V{y}" for x, y in corners[1:]]
    return "".join([*path, f"H{WIDTH - _RIGHT}"])


def _band(points: Sequence[TrendPoint], scale: _Scale) -> str:
    """The area between what is proven and what is possible."""
    upper = [(scale.x(p), _y(float(p.run.head.score.possible))) for p in points]
    lower = [(scale.x(p), _y(float(p.run.head.score.proven))) for p in points]
    back = [f"V{lower[-1][1]}"]
    for at in range(len(lower) - 1, 0, -1):
        back.append(f"H{lower[at][0]}V{lower[at - 1][1]}")
    return f"{_steps(upper)}{''.join(back)}H{lower[0][0]}Z"


def _dots(points: Sequence[TrendPoint], scale: _Scale) -> Iterator[Dot]:
    for point in points:
        run = point.run
        remarks = words.remarks(run)
        told = (
            f"{words.when(run.head.at)} UTC, {words.commit(run)}: {words.level(run)},"
            f" {percent(run.head.score.proven)} proven,"
            f" {counted(run.head.open_blockers, 'open blocker')}{f' ({remarks})' if remarks else ''}"
        )
        hollow = run.head.kind is RunKind.BACKFILL
        yield Dot(scale.x(point), _y(float(run.head.score.proven)), told, hollow)


def _bars(points: Sequence[TrendPoint], scale: _Scale, highest: int) -> Iterator[Bar]:
    ends = [*(scale.x(p) for p in points[1:]), float(WIDTH - _RIGHT)]
    for point, end in zip(points, ends, strict=True):
        number = point.run.head.open_blockers
        if number:
            height = round(number / highest * (_BARS_BOTTOM - _BARS_TOP), 1)
            start = scale.x(point)
            yield Bar(start, round(max(end - start, 1.0), 1), _BARS_BOTTOM - height, height)


def _title(last: Run) -> str:
    return f"Readiness of {clipped(last.service.name, _LONGEST_NAME)} over time"


def _description(points: Sequence[TrendPoint]) -> str:
    first, last = points[0].run, points[-1].run
    return (
        f"From {words.day(first.head.at)} to {words.day(last.head.at)}, {counted(len(points), 'run')}:"
        f" proven {percent(first.head.score.proven)} at first, {percent(last.head.score.proven)} now"
        f" ({words.level(last).lower()}); open blockers {first.head.open_blockers} at first,"
        f" {last.head.open_blockers} now."
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("auditor.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
