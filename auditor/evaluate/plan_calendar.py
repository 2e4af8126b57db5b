"""Hours of work as days of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

_MONDAY_TO_FRIDAY = 5


class TooLong(ValueError):
    """The work ends after the last year that a calendar knows."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of `hours_per_day` (above 0) from `start` on; Saturdays and Sundays are off unless `weekends`."""

    start: date
    hours_per_day: Fraction
    weekends: bool = False

    def day(self, number: int) -> date:
        """The working day of that number, from 0. Raises TooLong."""
        try:
            if self.weekends:
                return self.start + timedelta(days=number)
            weekday = self.start.weekday()
            first = self.start + timedelta(days=max(0, 7 - weekday) if weekday > 4 else 0)
            weeks, rest = divmod(first.weekday() + number, _MONDAY_TO_FRIDAY)
            return first + timedelta(days=7 * weeks + rest - first.weekday())
        except OverflowError:
            raise TooLong("the work would end after the year 9999") from None

    def days(self, before: Fraction, hours: Fraction) -> tuple[date, date]:
        """The first and the last day of work that begins after `before` hours of other work.

        Raises TooLong.
        """
        first = floor(before / self.hours_per_day)
        last = max(ceil((before + hours) / self.hours_per_day) - 1, 0)
        # Work of no hours is done with what came before it.
        return self.day(min(first, last)), self.day(last)
