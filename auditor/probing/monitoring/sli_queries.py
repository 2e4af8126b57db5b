"""Queries that measure a service by the metrics that common libraries expose.

Routes that only machines ask (health, metrics) are left out: their quick answers would flatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.formats.text.word_list import words

WINDOW_S = 3600
CACHE_WINDOW_S = 86_400
_ROUTES = ("route", "handler", "path", "uri", "http_route", "endpoint", "url", "view")
_QUIET = (
    "/?(api/)?(v[0-9]+/)?(health[a-z_-]*|livez?|liveness|readyz?|readiness|ping|metrics|actuator"
    "|prometheus)(/.*)?"
)
STATUSES = (
    "status",
    "code",
    "status_code",
    "http_response_status_code",
    "http_status_code",
    "http_status",
)

HISTOGRAMS: dict[str, float] = {  # metric to milliseconds of its unit, the best known first
    "http_server_request_duration_seconds": 1000.0,
    "http_server_requests_seconds": 1000.0,
    "http_request_duration_seconds": 1000.0,
    "http_request_duration_highr_seconds": 1000.0,
    "http_requests_duration_seconds": 1000.0,
    "http_request_latency_seconds": 1000.0,
    "http_response_time_seconds": 1000.0,
    "http_server_duration_milliseconds": 1.0,
    "http_server_duration_seconds": 1000.0,
    "http_request_duration_milliseconds": 1.0,
    "http_request_duration_ms": 1.0,
    "flask_http_request_duration_seconds": 1000.0,
    "django_http_requests_latency_seconds_by_view_method": 1000.0,
    "starlette_request_duration_seconds": 1000.0,
    "starlette_requests_processing_time_seconds": 1000.0,
    "fastapi_requests_duration_seconds": 1000.0,
    "gin_request_duration_seconds": 1000.0,
    "request_duration_seconds": 1000.0,
}
_COUNTERS = (
    "http_requests_total",
    "http_server_requests_total",
    "http_request_total",
    "flask_http_request_total",
    "django_http_responses_total_by_status_total",
    "starlette_requests_total",
    "fastapi_responses_total",
    "gin_requests_total",
    "requests_total",
)
_SATURATIONS = (
    ("process_open_fds", "process_max_fds"),
    ("process_files_open_files", "process_files_max_files"),
    ("hikaricp_connections_active", "hikaricp_connections_max"),
    ("jdbc_connections_active", "jdbc_connections_max"),
    ("go_sql_in_use_connections", "go_sql_max_open_connections"),
    ("tomcat_threads_busy_threads", "tomcat_threads_config_max_threads"),
    ("executor_active_threads", "executor_pool_max_threads"),
    ("jvm_memory_used_bytes", "jvm_memory_max_bytes"),
)
_HIT = re.compile(r"(?i)(?P<stem>\w*cache\w*_)hits?(?P<end>_total|_count)?")
_RESULTS = words("cache_gets_total cache_requests_total cache_lookups_total")
_EXPORTED = {"redis_keyspace_hits_total": "redis_keyspace_misses_total"}
_BY_CACHE = "job, cache, cache_name, name, backend"


@dataclass(frozen=True, slots=True)
class CacheQuery:
    """Hits and misses by cache: of two metrics, or of one that tells them by a label."""

    hits: str
    misses: str


def covered(matcher: str, window_s: int) -> str:
    """For how many seconds of the window there are data of the service."""
    step = max(1, window_s // 1800)
    return f"time() - min(min_over_time(timestamp(up{{{matcher}}})[{window_s}s:{step}s]))"


def buckets(metric: str, matcher: str) -> str:
    """The buckets of a latency histogram over the window, of all routes together."""
    return f"sum by (le) (increase({metric}_bucket{{{matcher}, {_quiet()}}}[{WINDOW_S}s]))"


def counters(own: set[str]) -> list[str]:
    """The counters of requests that exist, the best known first."""
    counts = (f"{metric}_count" for metric in HISTOGRAMS)
    return [name for name in (*_COUNTERS, *counts) if name in own]


def by_status(metric: str, matcher: str) -> str:
    """Requests of the window by status."""
    selector = f"{metric}{{{matcher}, {_quiet()}}}"
    return f"sum by ({', '.join(STATUSES)}) (increase({selector}[{WINDOW_S}s]))"


def born_by_status(metric: str, matcher: str) -> str:
    """What `increase` passes over: the first value of a series that began while its target was up.

    The first error of a kind begins a series with 1, and never increases it.
    """
    selector, window = f"{metric}{{{matcher}, {_quiet()}}}", f"{WINDOW_S}s"
    return (
        f"sum by ({', '.join(STATUSES)}) ((min_over_time({selector}[{window}])"
        f" unless {selector} offset {window}) and on (job, instance) (up offset {window} == 1))"
    )


def saturations(own: set[str], matcher: str) -> Iterator[tuple[str, str]]:
    """What fills up and the query of its highest share of the window, in percent."""
    for used, most in _SATURATIONS:
        if used in own and most in own:
            share = f"max_over_time({used}{{{matcher}}}[{WINDOW_S}s]) / ({most}{{{matcher}}} > 0)"
            yield used, f"100 * max({share})"


def traffic(metric: str, matcher: str) -> str:
    """A selector of a metric without the routes that only machines ask."""
    return f"{metric}{{{matcher}, {_quiet()}}}"


def caches(own: Iterable[str], matcher: str) -> Iterator[CacheQuery]:
    """Every cache metric of the service that tells hits from misses."""
    names = set(own)
    for name in sorted(names):
        found = _HIT.fullmatch(name)
        misses = (
            [f"{found['stem']}{word}{found['end'] or ''}" for word in ("misses", "miss")]
            if found
            else []
        )
        misses += [_EXPORTED[name]] if name in _EXPORTED else []
        for other in misses:
            if other in names:
                yield CacheQuery(_lookups(name, matcher), _lookups(other, matcher))
        if name in _RESULTS:
            yield CacheQuery(
                _lookups(name, f'{matcher}, result=~"(?i)hit"'),
                _lookups(name, f'{matcher}, result=~"(?i)miss"'),
            )


def _lookups(metric: str, matcher: str) -> str:
    return f"sum by ({_BY_CACHE}) (increase({metric}{{{matcher}}}[{CACHE_WINDOW_S}s]))"


def _quiet() -> str:
    return ", ".join(f'{label}!~"{_QUIET}"' for label in _ROUTES)
