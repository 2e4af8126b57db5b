"""The routes that operators and machines use: health, version, metrics."""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from orders import SERVICE, __version__
from orders.errors import StoreError
from orders.health import Readiness
from orders.services import ServicesDep

router = APIRouter(tags=["operations"])


class Liveness(BaseModel):
    """The process runs and answers."""

    status: Literal["alive"] = "alive"


class Version(BaseModel):
    """What is running."""

    service: str
    version: str
    commit: str | None = Field(description="Revision of the build, where it is known.")


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Liveness:
    """Answer without touching any dependency; restart the process when this fails."""
    return Liveness()


@router.get(
    "/health/ready",
    summary="Can the service do its work?",
    response_model_exclude_none=True,
    responses={503: {"model": Readiness, "description": "At least one dependency is down."}},
)
def ready(services: ServicesDep, response: Response) -> Readiness:
    """Check the dependencies; send no traffic while this answers 503."""
    readiness = services.health.readiness()
    services.metrics.record_readiness(readiness)
    if readiness.status == "unavailable":
        response.status_code = 503
    return readiness


@router.get("/version", summary="Which build is running?")
async def version(services: ServicesDep) -> Version:
    """Return the version and the revision of this build."""
    return Version(service=SERVICE, version=__version__, commit=services.settings.commit)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"description": "The text exposition format.", "content": {"text/plain": {}}}},
)
def metrics(services: ServicesDep) -> Response:
    """Return every metric; what is gauged is read at this moment."""
    services.metrics.record_readiness(services.health.readiness())
    try:
        services.metrics.open.set(services.store.count_open())
    except StoreError:
        # The last count stays, and dependency_up tells that the database is down.
        services.metrics.dependency_up.labels("database").set(0)
    return Response(services.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
