"""The service's errors, and how each error becomes a problem+json response (RFC 9457)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from orders.logs import get_logger
from orders.security import SECURITY_HEADERS

log = get_logger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"


class OrdersError(Exception):
    """Base of every error that the service raises on purpose."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "The request could not be handled"

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Return the response headers this error asks for."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}


class OrderNotFoundError(OrdersError):
    """No order has the given id."""

    status = 404
    slug = "order-not-found"
    title = "No such order"


class CancellationClosedError(OrdersError):
    """The order is too old to be cancelled."""

    status = 409
    slug = "cancellation-closed"
    title = "The order can no longer be cancelled"


class IdempotencyKeyReusedError(OrdersError):
    """The same idempotency key came with a different order."""

    status = 422
    slug = "idempotency-key-reused"
    title = "The idempotency key belongs to another request"


class RateLimitedError(OrdersError):
    """The client sends requests faster than it may."""

    status = 429
    slug = "rate-limited"
    title = "Too many requests"


class StoreError(OrdersError):
    """The database did not do what it was asked."""

    status = 503
    slug = "store-unavailable"
    title = "Orders cannot be read or stored at the moment"


class StoreBusyError(StoreError):
    """No database connection became free in time."""

    slug = "store-busy"


class PaymentsUnavailableError(OrdersError):
    """The payments service did not answer well within the allowed attempts."""

    status = 503
    slug = "payments-unavailable"
    title = "The payments service is not available"


def problem(
    request: Request,
    status: int,
    slug: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """Build one problem+json response that names the request it answers."""
    body = {
        "type": f"urn:orders:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", None),
        **extra,
    }
    return JSONResponse(
        body, status, headers={**SECURITY_HEADERS, **(headers or {})}, media_type=PROBLEM_MEDIA_TYPE
    )


def error_response(request: Request, exc: Exception) -> JSONResponse:
    """Answer any exception; one that was not foreseen is logged and tells the client nothing."""
    if isinstance(exc, OrdersError):
        if exc.status >= 500:
            log.warning("request_refused", problem=exc.slug, detail=exc.detail)
        return problem(request, exc.status, exc.slug, exc.title, exc.detail, headers=exc.headers)
    log.error("request_failed", exc_info=exc)
    return problem(
        request,
        500,
        OrdersError.slug,
        OrdersError.title,
        "An unexpected error happened; quote the request id when you report it.",
    )


async def handle_error(request: Request, exc: Exception) -> JSONResponse:
    """Answer the service's own errors, and as the last resort everything else."""
    return error_response(request, exc)


async def handle_http_exception(request: Request, exc: HTTPException) -> JSONResponse:
    """Answer what the framework refuses: unknown paths, wrong methods, bodies too large."""
    title = HTTPStatus(exc.status_code).phrase
    slug = title.lower().replace(" ", "-")
    return problem(request, exc.status_code, slug, title, str(exc.detail), headers=exc.headers)


async def handle_validation_error(request: Request, exc: RequestValidationError) -> JSONResponse:
    """Answer a request that does not fit the documented form, without echoing its values."""
    wrong = [
        {"field": ".".join(str(part) for part in error["loc"]), "message": error["msg"]}
        for error in exc.errors()
    ]
    return problem(
        request,
        422,
        "invalid-request",
        "The request is not valid",
        f"{len(wrong)} field(s) are missing or wrong.",
        errors=wrong,
    )


def install(app: FastAPI) -> None:
    """Register the handlers, so that no error leaves the service as anything but a problem."""
    app.exception_handler(OrdersError)(handle_error)
    app.exception_handler(HTTPException)(handle_http_exception)
    app.exception_handler(RequestValidationError)(handle_validation_error)
    app.exception_handler(Exception)(handle_error)
