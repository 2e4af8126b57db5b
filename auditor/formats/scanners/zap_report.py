"""What a report of ZAP says, whichever format carries it, and what in it cannot be true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

_GENERATED = re.compile(r"[A-Za-z]{3}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FALSE_POSITIVE = 0
_ENDPOINTS = "insight.endpoint.total"
_SUCCESS = "insight.code.2xx"
_CODES = re.compile(r"insight\.code\.[1-5]xx")
# Rules that send requests of their own; all other numbers are rules that only read the traffic.
_ACTIVE_BELOW_10000 = frozenset({0, 6, 7, 41, 42, 43})
_ACTIVE_10XXX = frozenset(
    {10045, 10047, 10048, 10051, 10053, 10058, 10095, 10104, 10106, 10107, 10203}
)
_ACTIVE_900XX = frozenset({
    90017, 90018, 90019, 90020, 90021, 90023, 90024, 90025, 90026, 90027, 90028, 90029, 90034, 90035,
    90036, 90037, 90039,
})  # fmt: skip
_ACTIVE_RANGES = (range(20012, 20020), range(30001, 30004), range(40003, 40060))


class Risk(IntEnum):
    """ZAP's `riskcode`."""

    INFORMATIONAL = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Alert:
    """One kind of alert on one site, with `count` places, of which `listed` are in the report.

    `confidence` 0 is what somebody marked as a false positive. `attacked` where a place names what
    was sent to provoke it, which only the active scanner does.
    """

    plugin_id: str
    name: str
    risk: Risk
    confidence: int
    described_risk: str
    count: int
    listed: int
    attacked: bool

    @property
    def is_false_positive(self) -> bool:
        """Whether somebody marked it as one."""
        return self.confidence == _FALSE_POSITIVE

    @property
    def is_active(self) -> bool:
        """Whether it comes of the active scanner."""
        if self.attacked:
            return True
        if not (self.plugin_id.isascii() and self.plugin_id.isdecimal()):
            return False
        number = int(self.plugin_id[:9])
        return (
            number in _ACTIVE_BELOW_10000
            or number in _ACTIVE_10XXX
            or number in _ACTIVE_900XX
            or any(number in some for some in _ACTIVE_RANGES)
        )


@dataclass(frozen=True, slots=True)
class Site:
    """One origin that was scanned (`https://host:port`), with its alerts."""

    name: str
    host: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Insight:
    """A number that ZAP counted while it scanned (report add-on 0.43 and later)."""

    site: str
    key: str
    statistic: int


@dataclass(frozen=True, slots=True)
class ZapReport:
    """A whole report. `generated_at` has no zone; `created_at` is UTC, None before add-on 0.41."""

    version: str
    generated_at: datetime | None
    created_at: datetime | None
    sites: tuple[Site, ...]
    insights: tuple[Insight, ...]

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of all sites."""
        return tuple(alert for site in self.sites for alert in site.alerts)

    def count(self, risk: Risk) -> int:
        """Alerts of exactly this risk that nobody marked as false positives."""
        return sum(a.risk is risk and not a.is_false_positive for a in self.alerts)

    @property
    def false_positives(self) -> int:
        """Alerts that somebody marked so."""
        return sum(a.is_false_positive for a in self.alerts)

    @property
    def active(self) -> bool | None:
        """True where an alert of the active scanner is in it; else nothing tells."""
        return True if any(a.is_active for a in self.alerts) else None

    @property
    def endpoints(self) -> int | None:
        """Endpoints that ZAP knew, over all sites; None where the report has no insights."""
        totals = [one.statistic for one in self.insights if one.key == _ENDPOINTS]
        return sum(totals) if totals else None

    @property
    def success_percent(self) -> int | None:
        """The lowest share of answers 2xx of any site; 0 where other codes are told and it is not."""
        sites = {one.site for one in self.insights if _CODES.fullmatch(one.key)}
        shares = {one.site: one.statistic for one in self.insights if one.key == _SUCCESS}
        return min((shares.get(site, 0) for site in sites), default=None)

    @property
    def disagreement(self) -> tuple[str, ...]:
        """A sentence for each thing that ZAP would not write so."""
        return (*self._contradicted_alerts(), *self._contradicted_times(), *self._shares())

    def _contradicted_alerts(self) -> tuple[str, ...]:
        wrong = sum(
            bool(a.described_risk) and a.described_risk.split()[0].upper() != a.risk.name
            for a in self.alerts
        )
        empty = sum(a.count == 0 or a.listed > a.count for a in self.alerts)
        said = (
            (wrong, "states a riskcode that its own riskdesc contradicts"),
            (empty, "counts fewer places than it lists, or none"),
        )
        return tuple(f"{n} alert(s): each {what}." for n, what in said if n)

    def _contradicted_times(self) -> tuple[str, ...]:
        if self.generated_at is None or self.created_at is None:
            return ()
        # The one is wall clock, the other UTC: they differ by a zone, in quarters of an hour.
        apart = abs(self.generated_at.replace(tzinfo=UTC) - self.created_at)
        rest = apart % timedelta(minutes=15)
        near = min(rest, timedelta(minutes=15) - rest) <= timedelta(seconds=90)
        if near and apart <= timedelta(hours=14, minutes=30):
            return ()
        return ("Its two times of creation are not of the same moment.",)

    def _shares(self) -> tuple[str, ...]:
        sums: dict[str, int] = {}
        for one in self.insights:
            if _CODES.fullmatch(one.key):
                sums[one.site] = sums.get(one.site, 0) + one.statistic
        over = [site for site, total in sums.items() if total > 101]
        return tuple(f"The shares of answers of {site[:80]} add up to over 100 %." for site in over)


def wall_clock(text: str) -> datetime | None:
    """The time that ZAP writes as `Sun, 22 Jun 2025 04:04:14`, without a zone; None for others."""
    match = _GENERATED.fullmatch(text.strip())
    if match is None or match[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[n]) for n in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(match[2]) + 1, day, hour, minute, second)
    except ValueError:
        return None
