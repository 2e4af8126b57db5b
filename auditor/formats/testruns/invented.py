"""Arithmetic that tells measured evidence from invented: each check gives a sentence, or None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

_SLACK = 0.05  # tools round: Locust keeps two digits of its percentiles
_DRIFT = 0.10
_FEW = 10
_SECONDS = 2.0


def sentences(*found: str | None) -> tuple[str, ...]:
    """The sentences among the answers of several checks."""
    return tuple(one for one in found if one is not None)


def share(what: str, part: float | None, whole: float | None) -> str | None:
    """A part that is larger than its whole, or below 0."""
    if part is None or whole is None or 0 <= part <= whole:
        return None
    return f"It counts {part:,.0f} {what} of {whole:,.0f}, which cannot be."


def percentage(what: str, value: float | None) -> str | None:
    """A percentage outside 0 to 100."""
    if value is None or 0 <= value <= 100:
        return None
    return f"It gives {value:g} % for {what}, and a share lies between 0 and 100 %."


def descending(points: Sequence[tuple[float, float]]) -> str | None:
    """Percentiles (percent, ms) of which a higher one is smaller."""
    ordered = sorted(points)
    for (low, earlier), (high, later) in pairwise(ordered):
        if later < earlier:
            return f"Its P{low:g} of {earlier:g} ms is above its P{high:g} of {later:g} ms."
    return None


def outside(what: str, value: float | None, low: float | None, high: float | None) -> str | None:
    """A value below the stated minimum or above the stated maximum, rounding allowed for."""
    if value is None:
        return None
    if low is not None and value < low * (1 - _SLACK) - 1:
        return f"Its {what} of {value:g} ms is below its minimum of {low:g} ms."
    if high is not None and value > high * (1 + _SLACK) + 1:
        return f"Its {what} of {value:g} ms is above its maximum of {high:g} ms."
    return None


def constant(what: str, values: Iterable[float | None], samples: float | None) -> str | None:
    """Every measured value the same, over more samples than chance allows; or every one 0."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or len(set(known)) > 1:
        return None
    if known[0] == 0:
        return f"Every {what} in it is 0, so nothing was measured."
    if len(known) >= 4 and samples is not None and samples >= _FEW:
        return f"Every {what} in it is {known[0]:g}, minimum and maximum too: measured values vary."
    return None


def copied_mean(p50: float | None, p95: float | None, mean: float | None) -> str | None:
    """An average that is given as P95; tools that round to whole ms may meet by chance."""
    if p95 is None or mean is None or p95 != mean or p95 == 0:
        return None
    if p95 == int(p95) and p50 is not None:
        return None
    return f"Its P95 is its average of {mean:g} ms, to the last digit: an average is no percentile."


def product(rate: float | None, seconds: float | None, count: float | None) -> str | None:
    """A rate over a time that does not give the count."""
    if not rate or not seconds or count is None:
        return None
    expected = rate * seconds
    if abs(expected - count) <= max(2.0, _DRIFT * max(expected, count)):
        return None
    return (
        f"{rate:,.4g} requests/s over {seconds:,.4g} s are {expected:,.0f} requests,"
        f" and it counts {count:,.0f}."
    )


def period(
    start: datetime | None, end: datetime | None, seconds: float | None = None
) -> str | None:
    """An end before the start, or a stated duration that the two times contradict."""
    if start is None or end is None or (start.tzinfo is None) != (end.tzinfo is None):
        return None
    passed = (end - start).total_seconds()
    if passed < 0:
        return f"It ended at {end.isoformat()}, before it started at {start.isoformat()}."
    if seconds is None or abs(passed - seconds) <= max(_SECONDS, _DRIFT * max(passed, seconds)):
        return None
    return f"It states {seconds:,.4g} s, and its times lie {passed:,.4g} s apart."


def too_close(what: str, times: Iterable[datetime], apart_s: float) -> str | None:
    """Times closer together than what lies between them can take."""
    ordered = sorted(times)
    gaps = [(b - a).total_seconds() for a, b in pairwise(ordered)]
    if not gaps or min(gaps) >= apart_s:
        return None
    return (
        f"Two of its {what} lie {min(gaps):.6g} s apart, and one alone takes {apart_s:,.4g} s:"
        " they were written, not measured."
    )


def at_once(what: str, times: Iterable[datetime], least_s: float) -> str | None:
    """Several phases that all happened within less time than even one of them needs."""
    known = sorted(times)
    if len(known) < 2 or (known[-1] - known[0]).total_seconds() >= least_s:
        return None
    passed = 1000 * (known[-1] - known[0]).total_seconds()
    return f"Its {len(known)} {what} happened within {passed:.3g} ms, which nothing real does."


def repeated(what: str, rows: Sequence[tuple[object, ...]]) -> str | None:
    """Two measurements that are alike in every figure."""
    if len(set(rows)) == len(rows):
        return None
    return f"Two of its {what} are alike in every figure; measured runs vary."


def nulls(results: Iterable[tuple[str, object]]) -> str | None:
    """Results left null where a figure should stand."""
    empty = [name for name, value in results if value is None]
    return f"It leaves {', '.join(empty[:5])} without a value." if empty else None
