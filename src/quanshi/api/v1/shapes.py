"""What several domains of the API take and give."""

from __future__ import annotations

from typing import Annotated, BinaryIO, cast
from uuid import UUID

from ninja.files import UploadedFile
from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from quanshi.catalog import selectors as catalog
from quanshi.fulfilment.types import PickupPointView
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import MAX_MINOR, Money
from quanshi.kernel.tables import RefusedRow
from quanshi.orders.types import Pickup


class In(BaseModel):
    """What is sent to us: a field that we do not know is a mistake of the sender's and not passed over."""

    model_config = ConfigDict(extra="forbid")


def content_of(file: UploadedFile) -> BinaryIO:
    """What a form has sent, as the services read it."""
    return cast("BinaryIO", file.file)


class RefusedRowOut(BaseModel):
    """A row of a table that was not taken."""

    line: int = Field(description="of the file, from 1")
    column: str
    value: str
    reason: str

    @classmethod
    def of(cls, row: RefusedRow) -> RefusedRowOut:
        return cls(line=row.line, column=row.column, value=row.value, reason=row.reason)


class Goods(In):
    """So many units of a variant, or of a product that comes in one variant only."""

    variant_id: UUID | None = None
    product_id: UUID | None = Field(default=None, description="instead of variant_id, where there is nothing to choose")
    quantity: Annotated[int, Strict()]

    @model_validator(mode="after")
    def _names_one(self) -> Goods:
        if (self.variant_id is None) == (self.product_id is None):
            raise InvalidInput(field="variant_id", value="", reason="name either variant_id or product_id")
        return self

    def which(self) -> UUID:
        """The variant. Raises: ProductNotFound, SeveralVariants."""
        if self.variant_id is not None:
            return self.variant_id
        assert self.product_id is not None
        return catalog.only_variant(product_id=self.product_id)


class PickupOut(BaseModel):
    """Where an order is fetched, as the place was when it was quoted."""

    point_id: UUID
    name: str
    address: str
    hours: str
    phone: str
    instructions: str

    @classmethod
    def of(cls, pickup: Pickup) -> PickupOut:
        return cls(**{name: getattr(pickup, name) for name in cls.model_fields})


class PickupPointOut(BaseModel):
    """A place where buyers fetch their goods."""

    point_id: UUID
    name: str
    address: str
    hours: str
    phone: str
    instructions: str

    @classmethod
    def of(cls, point: PickupPointView) -> PickupPointOut:
        return cls(
            point_id=point.id,
            name=point.name,
            address=point.address,
            hours=point.hours,
            phone=point.phone,
            instructions=point.instructions,
        )


class MoneyIn(In):
    """Whole minor units of one currency: 1999 of CNY are 19.99 yuan."""

    minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)]
    currency: str = Field(min_length=3, max_length=3, examples=["CNY"])

    def money(self) -> Money:
        """Raises: InvalidInput."""
        return Money(self.minor, self.currency)

    def minor_in(self, currency: str, *, field: str) -> int:
        """The minor units, for what is kept in the shop's one currency. Raises: InvalidInput for another."""
        money = self.money()
        if money.currency != currency:
            raise InvalidInput(field=field, value=str(money), reason=f"an amount in {currency}")
        return money.minor


class MoneyOut(BaseModel):
    """Whole minor units of one currency: 1999 of CNY are 19.99 yuan."""

    minor: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyOut:
        return cls(minor=money.minor, currency=money.currency)

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> MoneyOut:
        return cls(minor=minor, currency=currency)
