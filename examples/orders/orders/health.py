"""Readiness: whether each dependency does its work right now."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from orders.errors import OrdersError
from orders.logs import get_logger

log = get_logger(__name__)


class Dependency(BaseModel):
    """The state of one thing the service needs."""

    status: Literal["up", "down"]
    detail: str | None = Field(default=None, description="Why it is down.")


class Readiness(BaseModel):
    """Whether the service can do its work, and what that depends on."""

    status: Literal["ready", "unavailable"]
    dependencies: dict[str, Dependency]


class HealthChecker:
    """Runs the dependency checks; a flood of probes costs no more than one check at a time."""

    def __init__(
        self,
        checks: Mapping[str, Callable[[], None]],
        *,
        cache_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checks = checks
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._checking = threading.Lock()
        self._latest: Readiness | None = None
        self._expires = 0.0

    def readiness(self) -> Readiness:
        """Return the latest result, renewed first when it is too old and nobody else does so."""
        latest = self._latest
        if not self._checking.acquire(blocking=latest is None) and latest is not None:
            return latest
        try:
            if self._latest is None or self._clock() >= self._expires:
                self._latest = self._check(self._latest)
                self._expires = self._clock() + self._cache_seconds
            return self._latest
        finally:
            self._checking.release()

    def _check(self, previous: Readiness | None) -> Readiness:
        dependencies = {}
        for name, check in self._checks.items():
            try:
                check()
            except OrdersError as exc:
                dependencies[name] = Dependency(status="down", detail=exc.detail)
            else:
                dependencies[name] = Dependency(status="up")
            was_up = previous is None or previous.dependencies[name].status == "up"
            if dependencies[name].status == "down" and was_up:
                log.error("dependency_down", dependency=name, detail=dependencies[name].detail)
            elif dependencies[name].status == "up" and not was_up:
                log.info("dependency_up", dependency=name)
        well = all(dependency.status == "up" for dependency in dependencies.values())
        return Readiness(status="ready" if well else "unavailable", dependencies=dependencies)
