"""How much load a run may send: rates, times and their bounds, whatever the operator asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.model.target import Looking

MOST_RATE, MOST_S = 5000.0, 900.0
MOST_REQUESTS = 1_000_000
TIMEOUT_S = 10.0
_WARM_UP_S = 5.0
_STEP_S = (3.0, 8.0)
"""The shortest and the longest step; of a run of a few seconds a step is a quarter."""
_MOST_UNDER_WAY = (50, 1000)
_RUNGS = (0.1, 0.25, 0.5, 0.75, 1.0)

MOST_ERRORS = 1.0
"""The share of failed requests, in percent, past which a step did not hold."""
FEWEST_SERVED = 0.95
"""The share of the offered rate that must be answered well for a step to have held."""
ABORT_ERRORS, ABORT_MEAN_S = 0.25, 3.0
"""The share of failures and the mean time among recent answers at which a stage ends at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: a warm-up, steps up to `rate` requests a second, then `hold_s` seconds at the highest that held.

    `paths` are taken in turn. A step holds with a P95 of at most `p95_ms`.
    """

    paths: tuple[str, ...]
    rate: float
    hold_s: float
    step_s: float
    p95_ms: float
    most_requests: int = MOST_REQUESTS

    @property
    def warm_up_s(self) -> float:
        """How long caches and pools may fill before anything counts."""
        return min(_WARM_UP_S, self.hold_s / 2)

    @property
    def rungs(self) -> tuple[float, ...]:
        """The rates of the steps, rising; the last is the rate that was asked for."""
        return tuple(round(self.rate * share, 2) for share in _RUNGS)

    @property
    def words(self) -> str:
        """What makes a step hold."""
        return (
            f"at least {FEWEST_SERVED:.0%} of the rate served, at most {MOST_ERRORS:g} % errors"
            f" and a P95 of at most {self.p95_ms:g} ms"
        )


def plan_of(looking: Looking, paths: tuple[str, ...]) -> Plan:
    """What the operator asked for, within the bounds."""
    rate = min(max(looking.load_rate, 1.0), MOST_RATE)
    hold = min(max(looking.load_seconds, 1.0), MOST_S)
    step = min(max(hold / 8, min(_STEP_S[0], hold / 4)), _STEP_S[1])
    return Plan(paths, rate, hold, step, looking.load_p95_ms)


def most_under_way(rate: float) -> int:
    """How many requests may be under way at once: two seconds' worth, since more only queue."""
    return int(min(max(2 * rate, _MOST_UNDER_WAY[0]), _MOST_UNDER_WAY[1]))
