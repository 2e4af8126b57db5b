"""The parts one running application is made of, and how routes get at them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from orders.health import HealthChecker
from orders.metrics import Metrics
from orders.payments import PaymentsClient
from orders.settings import Settings
from orders.store import OrderStore


@dataclass(frozen=True)
class Services:
    """Everything that routes work with."""

    settings: Settings
    metrics: Metrics
    store: OrderStore
    payments: PaymentsClient | None
    health: HealthChecker


def build_services(settings: Settings) -> Services:
    """Make the parts from the settings; nothing is opened yet."""
    store = OrderStore(
        settings.database_path,
        pool_size=settings.database_pool_size,
        timeout=settings.database_timeout_seconds,
        cancel_window=timedelta(seconds=settings.cancel_window_seconds),
    )
    checks = {"database": store.ping}
    payments = None
    if settings.payments_url is not None:
        payments = PaymentsClient(
            str(settings.payments_url),
            token=settings.payments_token,
            timeout=settings.payments_timeout_seconds,
            retries=settings.payments_retries,
        )
        checks["payments"] = payments.ping
    return Services(
        settings=settings,
        metrics=Metrics(settings.commit),
        store=store,
        payments=payments,
        health=HealthChecker(checks, cache_seconds=settings.health_cache_seconds),
    )


def get_services(request: Request) -> Services:
    """Return the parts of the application that handles this request."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]
