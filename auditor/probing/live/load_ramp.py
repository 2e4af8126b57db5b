"""A load run: warm-up, rising steps until one does not hold, then a long stage at the highest that did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.load.load_stage import Stage
from auditor.probing.live.load_plan import FEWEST_SERVED, MOST_ERRORS, Plan

Send = Callable[[float, float, int], Stage]
"""A stage at a rate, for so many seconds, with so many requests at most."""

_FULL_CPU = 0.9
_LATE_MS = 25.0
_HALVINGS = 3
_NEAR = 0.85


class End(StrEnum):
    """What a stage came to."""

    HELD = "held"
    BROKE = "broke"
    GENERATOR = "generator"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the run, what it came to, and why in words."""

    part: str
    stage: Stage
    end: End
    why: str = ""

    @property
    def shown(self) -> dict[str, float | int | str]:
        """The step as it stands in the evidence; a percentile of too few samples is left out."""
        stage = self.stage
        figures: dict[str, float | int | str] = {
            "part": self.part,
            "offered_per_s": stage.offered,
            "served_per_s": round(stage.rate, 1),
            "requests": stage.sent,
            "error_percent": round(stage.error_percent, 2),
            "seconds": round(stage.wall_s, 1),
            "end": str(self.end) + (f": {self.why}" if self.why else ""),
        }
        if stage.cpu_share is not None:
            figures["generator_cpu_percent"] = round(100 * stage.cpu_share)
        points = ((f"p{p:g}_ms", stage.latency.percentile(p)) for p in (50.0, 95.0, 99.0))
        return figures | {name: value for name, value in points if value is not None}


@dataclass(slots=True)
class Run:
    """What was sent so far. `hold` is the long stage at the highest rate that held."""

    steps: list[Step] = field(default_factory=list)
    hold: Step | None = None
    unstable: bool = False

    @property
    def sent(self) -> int:
        """Requests of all stages, the warm-up too."""
        return sum(step.stage.sent for step in self.steps)

    @property
    def highest(self) -> Step | None:
        """The step with the highest rate that held."""
        held = [s for s in self.steps if s.part == "step" and s.end is End.HELD]
        return max(held, key=lambda s: s.stage.offered, default=None)

    @property
    def broken(self) -> Step | None:
        """The step with the lowest rate that the service did not hold."""
        broke = [s for s in self.steps if s.part == "step" and s.end is End.BROKE]
        return min(broke, key=lambda s: s.stage.offered, default=None)

    @property
    def capacity(self) -> float | None:
        """Good answers a second of the highest step that held, where one that is little higher broke.

        0 where not even the lowest held; None where the limit was not found, or only roughly.
        """
        if self.broken is None or self.unstable:
            return None
        if self.highest is None:
            return 0.0 if all(s.end is End.BROKE for s in self.steps if s.part == "step") else None
        near = self.highest.stage.offered >= _NEAR * self.broken.stage.offered
        return self.highest.stage.rate if near else None

    @property
    def ceiling(self) -> float | None:
        """Requests a second at which the generator would fill its processor, by its busiest stage."""
        known = [s.stage for s in self.steps if s.stage.cpu_share and s.part != "warm-up"]
        best = max(known, key=lambda stage: stage.reached, default=None)
        return best.reached / best.cpu_share if best is not None and best.cpu_share else None


def judge(stage: Stage, p95_ms: float) -> tuple[End, str]:
    """What a stage came to. Whatever may be the generator's doing is never called the service's."""
    share = stage.cpu_share
    if share is not None and share > _FULL_CPU:
        return End.GENERATOR, f"the generator used {share:.0%} of its processor"
    late = stage.lag.rank(95.0) or 0.0
    p95 = stage.latency.rank(95.0) or 0.0
    if late > max(_LATE_MS, p95 / 2):
        return End.GENERATOR, f"requests left up to {late:g} ms late"
    if stage.refused_percent > MOST_ERRORS:
        return End.REFUSED, f"{stage.refused_percent:.0f} % of the answers were 429"
    if stage.aborted:
        return End.BROKE, f"ended early, since {stage.aborted}"
    if stage.error_percent > MOST_ERRORS:
        return End.BROKE, f"{stage.error_percent:.1f} % of the requests failed"
    if p95 > p95_ms:
        return End.BROKE, f"P95 was {p95:g} ms"
    if stage.open_model and stage.reached < FEWEST_SERVED * stage.offered:
        return End.GENERATOR, f"the generator reached {stage.reached:.0f} requests a second"
    if stage.rate < FEWEST_SERVED * stage.offered:
        # A closed load that falls behind: waiting for answers, or itself too slow; not to be told apart.
        end = End.BROKE if stage.open_model else End.GENERATOR
        return end, f"{stage.rate:.0f} good answers a second"
    return End.HELD, ""


def drive(plan: Plan, send: Send) -> Run:
    """The whole run, within the bound on requests. Ends early where there is nothing more to learn."""
    run = Run()

    def stage(part: str, rate: float, seconds: float) -> Step:
        found = send(rate, seconds, max(1, plan.most_requests - run.sent))
        step = Step(part, found, *judge(found, plan.p95_ms))
        run.steps.append(step)
        return step

    def step_at(rate: float) -> Step:
        """A step that breaks is tried once more: one spike is no limit."""
        step = stage("step", rate, plan.step_s)
        if step.end is not End.BROKE:
            return step
        again = stage("step", rate, plan.step_s)
        run.unstable = run.unstable or again.end is End.HELD
        return step if again.end is End.HELD else again

    if stage("warm-up", plan.rungs[0], plan.warm_up_s).end is End.REFUSED:
        return run
    for rate in _climb(plan, run):
        step_at(rate)
    best = _base(run)
    if best is not None and not any(s.end is End.REFUSED for s in run.steps):
        run.hold = stage("hold", best, plan.hold_s)
    return run


def _base(run: Run) -> float | None:
    """The highest rate that held every time, below any that did not."""
    bad = [s.stage.offered for s in run.steps if s.part == "step" and s.end is not End.HELD]
    held = [s.stage.offered for s in run.steps if s.part == "step" and s.end is End.HELD]
    return max((rate for rate in held if rate < min(bad, default=float("inf"))), default=None)


def _climb(plan: Plan, run: Run) -> Iterator[float]:
    """The rungs until one does not hold; then halfway between it and the last that did, twice."""
    held = 0.0
    for rate in plan.rungs:
        yield rate
        last = run.steps[-1]
        if last.end is End.BROKE or run.unstable:
            yield from _between(run, held, rate)
            return
        if last.end is not End.HELD:
            return
        held = rate


def _between(run: Run, low: float, high: float) -> Iterator[float]:
    for _ in range(_HALVINGS if low else 0):
        if run.unstable:
            return
        middle = round((low + high) / 2, 2)
        yield middle
        if run.steps[-1].end is End.HELD:
            low = middle
        elif run.steps[-1].end is End.BROKE:
            high = middle
        else:
            return
