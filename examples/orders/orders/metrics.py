"""Prometheus metrics, in a registry of their own for each application."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from orders import __version__
from orders.health import Readiness

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Every metric the service keeps."""

    def __init__(self, commit: str | None) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        build = Info(
            "orders_build", "Version and revision that are running.", registry=self.registry
        )
        build.info({"version": __version__, "revision": commit or "unknown"})
        self.created = Counter("orders_created", "Orders placed.", registry=self.registry)
        self.cancelled = Counter("orders_cancelled", "Orders cancelled.", registry=self.registry)
        self.open = Gauge("orders_open", "Orders that are not cancelled.", registry=self.registry)
        self.value = Histogram(
            "order_value_euros",
            "Value of the orders placed, in euros.",
            buckets=(5, 10, 25, 50, 100, 250, 500, 1000, 5000),
            registry=self.registry,
        )
        self.requests = Counter(
            "http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "http_request_duration_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("method", "route"),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "ratelimited_requests", "Requests refused with 429.", registry=self.registry
        )
        self.dependency_up = Gauge(
            "dependency_up",
            "1 while a dependency passes its check, 0 while it does not.",
            ("name",),
            registry=self.registry,
        )

    def record_readiness(self, readiness: Readiness) -> None:
        """Copy the state of the dependencies."""
        for name, dependency in readiness.dependencies.items():
            self.dependency_up.labels(name).set(dependency.status == "up")

    def exposition(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self.registry)
