"""The application: its parts put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from orders import SERVICE, __version__, api, errors, logs, ops
from orders.middleware import BodyLimitMiddleware, RequestMiddleware
from orders.ratelimit import RateLimiter, RateLimitMiddleware
from orders.services import Services, build_services
from orders.settings import Settings

log = logs.get_logger(__name__)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    services.store.open()
    try:
        yield
    finally:
        services.store.close()
        if services.payments is not None:
            services.payments.close()
        log.info("service_stopped", version=__version__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make one application; the settings come from the environment unless they are given."""
    settings = settings or Settings()
    logs.configure(settings.log_level)
    services = build_services(settings)
    app = FastAPI(
        title=SERVICE,
        summary="Place, read, list and cancel orders.",
        version=__version__,
        docs_url=None,  # the content security policy allows no scripts, so no browsable page
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.services = services
    errors.install(app)
    # The one added last is the outermost.
    app.add_middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes)
    app.add_middleware(
        RateLimitMiddleware,
        limiter=RateLimiter(settings.rate_limit_per_second, settings.rate_limit_burst),
        metrics=services.metrics,
    )
    app.add_middleware(RequestMiddleware, metrics=services.metrics)
    app.include_router(api.router)
    app.include_router(ops.router)
    return app


app = create_app()
