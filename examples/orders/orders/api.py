"""The routes that clients use: place, read, list and cancel orders."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from orders.errors import PROBLEM_MEDIA_TYPE
from orders.logs import get_logger
from orders.models import NewOrder, Order, OrderPage, OrderStatus, Problem
from orders.services import ServicesDep

log = get_logger(__name__)


def _problem_schema() -> dict[str, Any]:
    """The schema of an error in one piece: a reference would point into the description itself."""
    schema = Problem.model_json_schema()
    field = schema.pop("$defs")["FieldProblem"]
    schema["properties"]["errors"]["anyOf"][0]["items"] = field
    return schema


_PROBLEM_CONTENT = {PROBLEM_MEDIA_TYPE: {"schema": _problem_schema()}}


def _problems(own: dict[int, str] | None = None) -> dict[int | str, dict[str, Any]]:
    """Describe an operation's own errors, and those that every operation shares."""
    shared = {
        422: "The request is not valid.",
        429: "Too many requests; wait for the time in `Retry-After`.",
        500: "An unexpected error.",
        503: "The database is busy or not available.",
    }
    return {
        status: {"description": text, "content": _PROBLEM_CONTENT}
        for status, text in {**shared, **(own or {})}.items()
    }


router = APIRouter(tags=["orders"])


@router.post(
    "/orders",
    status_code=201,
    summary="Place an order",
    responses={
        200: {"model": Order, "description": "The order was placed before under the same key."},
        **_problems(
            {
                413: "The request body is too large.",
                422: "The request is not valid, or its key belongs to a different order.",
            }
        ),
    },
)
def place_order(
    new: NewOrder,
    services: ServicesDep,
    response: Response,
    idempotency_key: Annotated[
        str,
        Header(
            pattern=r"^[A-Za-z0-9._:-]{8,128}$",
            description="Chosen by the client; a repeated request with it places no second order.",
        ),
    ],
) -> Order:
    """Place an order once for each customer and `Idempotency-Key`, however often it is sent."""
    order, created = services.store.create(new, idempotency_key)
    response.headers["Location"] = f"/orders/{order.id}"
    if created:
        services.metrics.created.inc()
        services.metrics.value.observe(order.total_cents / 100)
        log.info("order_placed", order_id=str(order.id), total_cents=order.total_cents)
    else:
        response.status_code = 200
    return order


@router.get("/orders", summary="List orders", responses=_problems())
def list_orders(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Orders on a page.")] = 20,
    cursor: Annotated[
        int | None, Query(ge=1, description="`next_cursor` of the page before.")
    ] = None,
    status: Annotated[OrderStatus | None, Query(description="Only orders that stand so.")] = None,
) -> OrderPage:
    """Return a page of orders, the newest first; pages stay stable while orders come in."""
    return services.store.page(limit=limit, cursor=cursor, status=status)


@router.get(
    "/orders/{order_id}", summary="Read an order", responses=_problems({404: "No such order."})
)
def read_order(order_id: UUID, services: ServicesDep) -> Order:
    """Return one order."""
    return services.store.get(order_id)


@router.post(
    "/orders/{order_id}/cancel",
    summary="Cancel an order",
    responses=_problems({404: "No such order.", 409: "The order is too old to be cancelled."}),
)
def cancel_order(order_id: UUID, services: ServicesDep) -> Order:
    """Cancel an order while its cancellation window lasts; a second call changes nothing."""
    order, changed = services.store.cancel(order_id)
    if changed:
        services.metrics.cancelled.inc()
        log.info("order_cancelled", order_id=str(order.id))
    return order
