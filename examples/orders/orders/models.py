"""What clients send and receive."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class OrderStatus(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    CANCELLED = "cancelled"


class OrderLine(BaseModel):
    """One article of an order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Identifier = Field(description="Article number.", examples=["TEA-250"])
    quantity: int = Field(ge=1, le=1000, description="How many pieces.", examples=[2])
    unit_price_cents: int = Field(
        ge=0, le=10_000_000, description="Price of one piece in euro cents.", examples=[590]
    )


class NewOrder(BaseModel):
    """An order as a client places it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer_id: Identifier = Field(description="Who orders.", examples=["c-1001"])
    lines: list[OrderLine] = Field(min_length=1, max_length=50, description="What is ordered.")

    @property
    def total_cents(self) -> int:
        """Return the price of the whole order."""
        return sum(line.quantity * line.unit_price_cents for line in self.lines)


class Order(BaseModel):
    """An order as the service keeps it."""

    id: UUID = Field(description="The order's id.")
    customer_id: str = Field(description="Who ordered.")
    status: OrderStatus = Field(description="Where the order stands.")
    lines: list[OrderLine] = Field(description="What was ordered.")
    total_cents: int = Field(description="Price of the whole order in euro cents.")
    created_at: datetime = Field(description="When the order was placed (UTC).")
    cancelled_at: datetime | None = Field(description="When it was cancelled, if it was (UTC).")


class OrderPage(BaseModel):
    """One page of orders, the newest first."""

    items: list[Order] = Field(description="The orders of this page.")
    next_cursor: int | None = Field(
        description="Pass it as `cursor` for the next page; null on the last page."
    )


class FieldProblem(BaseModel):
    """One field that is missing or wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field(description="Which kind of error this is.")
    title: str = Field(description="The kind of error in words.")
    status: int = Field(description="The HTTP status again.")
    detail: str = Field(description="What went wrong with this request.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str | None = Field(description="Quote it when you report the error.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="The fields at fault, when the request was not valid."
    )
