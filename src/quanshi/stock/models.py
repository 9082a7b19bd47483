from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from quanshi.catalog.models import Variant
from quanshi.kernel.models import uuid_key
from quanshi.shops.models import Shop
from quanshi.stock.types import MovementKind, OwnerKind, TakeState


class Location(models.Model):
    """A warehouse or a counter. The lowest `priority` is emptied first."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    priority = models.PositiveSmallIntegerField(default=1)

    class Meta:
        db_table = "stock_location"
        constraints = [models.UniqueConstraint("shop", "name", name="stock_location_name")]


class Pool(models.Model):
    """A campaign's own stock, under the campaign's id. Once closed, what nobody holds of it goes back to free stock."""

    id = models.UUIDField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stock_pool"


class Level(models.Model):
    """on_hand is what lies there; reserved is promised to someone; the rest is available.

    What a campaign has set aside is a level of its own at the same place, which nobody else can take from.
    """

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    pool = models.ForeignKey(
        Pool, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, null=True
    )  # none: free stock
    priority = models.PositiveSmallIntegerField(default=1)  # the location's, copied so that placement joins nothing
    on_hand = models.BigIntegerField(default=0, db_default=0)
    reserved = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "stock_level"
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "location", "pool"], name="stock_level_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, on_hand__gte=models.F("reserved")),
                name="stock_level_never_oversold",
            ),
        ]
        indexes = [models.Index("pool", name="stock_level_pool", condition=models.Q(pool__isnull=False))]


class LowLevel(models.Model):
    """A level of free stock with LOW_STOCK units or fewer free. Triggers keep it as levels cross that line."""

    level = models.OneToOneField(
        Level, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        db_table = "stock_low_level"
        indexes = [models.Index(fields=["shop", "variant"], name="stock_low_level_of_shop")]


class Reservation(models.Model):
    """A promise of `quantity` units. It is used up by consumed (left the shelf) and released (free again)."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    owner_kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in OwnerKind])
    owner_id = models.UUIDField()  # the order, the cart
    line_id = models.UUIDField()  # which line of the owner
    quantity = models.PositiveIntegerField()
    consumed = models.PositiveIntegerField(default=0, db_default=0)
    released = models.PositiveIntegerField(default=0, db_default=0)
    expires_at = models.DateTimeField(null=True)  # none: held until its owner consumes or releases it
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "stock_reservation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=models.F("consumed") + models.F("released"))
                & models.Q(quantity__gt=0),
                name="stock_reservation_used_once",
            ),
        ]
        indexes = [
            models.Index("owner_id", name="stock_reservation_owner"),
            models.Index(
                "level",
                name="stock_reservation_open",
                condition=models.Q(quantity__gt=models.F("consumed") + models.F("released")),
            ),
            models.Index(
                "expires_at",
                name="stock_reservation_expiry",
                condition=models.Q(quantity__gt=models.F("consumed") + models.F("released"), expires_at__isnull=False),
            ),
        ]


class Movement(models.Model):
    """The journal of on_hand: their sum per level is the level. Append-only, enforced by a trigger."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in MovementKind])
    quantity = models.BigIntegerField()  # signed change of on_hand
    reference_id = models.UUIDField(null=True)  # the reservation, import, after-sale or pool behind it
    actor_id = models.UUIDField(null=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "stock_movement"
        indexes = [
            models.Index("level", name="stock_movement_level"),
            # what was counted of late, beside all that was ever sold
            models.Index(
                "level", "created_at", name="stock_movement_counted", condition=models.Q(kind=MovementKind.COUNTED)
            ),
        ]


class StockTake(models.Model):
    """Somebody counts one place: what the books said when they began, what they found, and what was made of it."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    reason = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default=TakeState.COUNTING, choices=[(s.value, s.value) for s in TakeState])
    begun_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stock_take"
        indexes = [models.Index(fields=["shop", "-id"], name="stock_take_shop")]


class StockTakeRow(models.Model):
    """One variant of a count. `expected` is what lay there by the books at the moment of counting."""

    id = models.BigAutoField(primary_key=True)
    take = models.ForeignKey(StockTake, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()  # its number on the sheet
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    expected = models.BigIntegerField()
    expected_at = models.DateTimeField(db_default=Now())  # when the books said so
    counted = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "stock_take_row"
        constraints = [
            models.UniqueConstraint(fields=["take", "line"], name="stock_take_row_line"),
            models.UniqueConstraint(fields=["take", "variant"], name="stock_take_row_variant"),
        ]
