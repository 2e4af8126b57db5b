"""One value for what any load tool measured, and what in it contradicts itself."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import datetime

from auditor.formats.testruns import invented

MOST_TARGETS = 200
_LONGEST = 300
_HOST = re.compile(
    r"\b(?:https?|grpcs?|wss?)://(?:[^/\s@]{0,100}@)?(\[[0-9a-fA-F:.]+\]|[^/\s:?#\"'{}<>,|]+)"
)
_HEALTH = re.compile(
    r"(?:^|[/\s_.-])(?:(?:health|liveness|readiness)(?:[-_]?check)?|healthz|livez?|readyz?|ping"
    r"|status|alive|heartbeat|metrics|version|favicon\.ico|robots\.txt)/?(?:[?#].*)?$",
    re.IGNORECASE,
)
_LAPTOP = re.compile(
    r"localhost|(?:.*\.)?localhost|.*\.local|host\.docker\.internal|(?:.*[-.])?(?:laptop|macbook)"
    r"(?:[-.].*|[a-z]*)|desktop-[a-z0-9]{6,}|ip6-localhost|kubernetes\.docker\.internal",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """One run of a load tool; whatever the tool does not write is None, and never 0.

    `rate` counts requests of any outcome per second, `throughput` successful ones; percentiles map
    a percentage to ms. `targets` are URLs or names of what was asked; a naive time is local.
    `open_model` says whether requests arrive whatever the service does.
    """

    dialect: str
    requests: int | None = None
    failed: int | None = None
    share_failed: float | None = None
    rate: float | None = None
    throughput: float | None = None
    percentiles: dict[float, float] = field(default_factory=dict)
    minimum_ms: float | None = None
    mean_ms: float | None = None
    maximum_ms: float | None = None
    duration_s: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    targets: tuple[str, ...] = ()
    open_model: bool | None = None
    commit: str | None = None
    thresholds_met: tuple[str, ...] = ()
    thresholds_failed: tuple[str, ...] = ()
    statuses: dict[str, int] = field(default_factory=dict)
    details: dict[str, float] = field(default_factory=dict)
    contradictions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def error_percent(self) -> float | None:
        """Failed requests in percent of all."""
        if self.failed is not None and self.requests:
            return 100 * self.failed / self.requests
        return None if self.share_failed is None else 100 * self.share_failed

    @property
    def good_rate(self) -> float | None:
        """Successful requests per second; None where either the rate or the errors are not known."""
        errors = self.error_percent
        known = None if self.rate is None or errors is None else self.rate * (1 - errors / 100)
        if self.throughput is None or known is None:
            return self.throughput if known is None else known
        return min(known, self.throughput)

    @property
    def p50_ms(self) -> float | None:
        """The median."""
        return self.percentiles.get(50.0)

    @property
    def p95_ms(self) -> float | None:
        """The 95th percentile."""
        return self.percentiles.get(95.0)

    @property
    def p99_ms(self) -> float | None:
        """The 99th percentile."""
        return self.percentiles.get(99.0)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the targets name, sorted, in small letters."""
        return tuple(sorted({m[1].lower() for t in self.targets for m in _HOST.finditer(t)}))

    @property
    def only_health(self) -> bool:
        """Whether nothing but health, status and metrics pages was asked."""
        return bool(self.targets) and all(_HEALTH.search(t.strip()) for t in self.targets)

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence for each figure that no measurement can have given."""
        low, high = self.minimum_ms, self.maximum_ms
        times = [*self.percentiles.values(), low, self.mean_ms, high]
        return self.contradictions + invented.sentences(
            invented.share("failed requests", self.failed, self.requests),
            invented.percentage("failed requests", self.error_percent),
            invented.descending(list(self.percentiles.items())),
            *(
                invented.outside(f"P{percent:g}", value, low, high)
                for percent, value in self.percentiles.items()
            ),
            invented.outside("average", self.mean_ms, low, high),
            invented.constant("time", times, self.requests),
            invented.copied_mean(self.p50_ms, self.p95_ms, self.mean_ms),
            invented.product(self.rate, self.duration_s, self.requests),
            invented.period(self.started_at, self.ended_at, self.duration_s),
        )


def is_local(host: str) -> bool:
    """Whether a host is this machine or somebody's laptop: loopback, `.local`, names of laptops."""
    bare = host.strip("[]").rstrip(".")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return bare.startswith("127.") or _LAPTOP.fullmatch(bare) is not None
    return address.is_loopback or address.is_unspecified or address.is_link_local


def named_targets(names: set[str] | list[str]) -> tuple[str, ...]:
    """Targets in a stable order, each cut to a length that a reader can take in."""
    return tuple(sorted({name[:_LONGEST] for name in names if name.strip()})[:MOST_TARGETS])


def succeeded(statuses: dict[str, int]) -> int:
    """Answers that carried what was asked for: 2xx and 304; a redirection leads to a login page."""
    return sum(n for code, n in statuses.items() if code == "304" or re.fullmatch(r"2\d\d", code))


def nearest_rank(ordered: list[float] | list[int], percent: float) -> float:
    """The nearest-rank percentile of a sorted list that is not empty."""
    rank = -(-percent * len(ordered) // 100)
    return float(ordered[max(0, min(len(ordered), int(rank)) - 1)])
