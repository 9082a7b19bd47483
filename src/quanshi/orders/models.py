from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower, Now

from quanshi.catalog.models import Product, Variant
from quanshi.kernel.models import uuid_key
from quanshi.orders.types import AfterSaleKind, AfterSaleState, OrderState, ParcelFileState, ParcelOutcome, RefundStatus
from quanshi.shops.models import Shop


class CartLine(models.Model):
    """What a person or guest has put aside. It holds no stock and no price."""

    id = uuid_key()
    buyer_id = models.UUIDField()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    is_selected = models.BooleanField(default=True)
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_cart_line"
        constraints = [
            models.UniqueConstraint("buyer_id", "variant", name="orders_cart_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="orders_cart_line_quantity"),
        ]


class Order(models.Model):
    """One shop's part of what a buyer bought. Its id comes from the quote. Rows are inserted by sql/write.sql only."""

    id = models.UUIDField(primary_key=True)
    purchase_id = models.UUIDField(null=True)  # orders of one quote, paid together; none for an order bought alone
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    number = models.CharField(max_length=20)  # what people read aloud
    buyer_id = models.UUIDField()  # a person or a guest
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in OrderState])
    refund_status = models.CharField(
        max_length=8, db_default=RefundStatus.NONE, choices=[(s.value, s.value) for s in RefundStatus]
    )
    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()  # before discounts
    discount_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    address = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    pickup = models.JSONField(null=True)  # types.Pickup: where it is fetched, and the code; none: it is delivered
    locale = models.CharField(max_length=12)
    placed_at = models.DateTimeField(db_default=Now())
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    paid_attempt_id = models.UUIDField(null=True)  # the payment that counts; none for a free order
    shipped_at = models.DateTimeField(null=True)  # the last parcel left
    receive_by = models.DateTimeField(null=True)  # received by timer then
    received_at = models.DateTimeField(null=True)
    after_sale_until = models.DateTimeField(null=True)  # closed by timer then
    closed_at = models.DateTimeField(null=True)
    # set where it ends: a guest's order loses its name then; none: that is done, or it follows its buyer's account
    forget_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("goods_minor") - models.F("discount_minor") + models.F("freight_minor"),
                    discount_minor__gte=0,
                    freight_minor__gte=0,
                    total_minor__gte=0,
                ),
                name="orders_order_adds_up",
            ),
            # a constraint, not unique=True: that would add a second index for LIKE to every placement
            models.UniqueConstraint(fields=["number"], name="orders_order_number"),
        ]
        indexes = [
            models.Index(fields=["shop", "state", "-id"], name="orders_order_queue"),
            models.Index(fields=["buyer_id", "-id"], name="orders_order_buyer"),
            models.Index("purchase_id", name="orders_order_purchase", condition=models.Q(purchase_id__isnull=False)),
            models.Index("pay_by", name="orders_order_unpaid", condition=models.Q(state=OrderState.PLACED)),
            models.Index("receive_by", name="orders_order_receive", condition=models.Q(state=OrderState.SHIPPED)),
            models.Index("after_sale_until", name="orders_order_close", condition=models.Q(state=OrderState.RECEIVED)),
            models.Index("forget_at", name="orders_order_forget", condition=models.Q(forget_at__isnull=False)),
            models.Index(
                "shop",
                KeyTextTransform("code", "pickup"),
                name="orders_order_pickup",
                condition=models.Q(pickup__isnull=False),
            ),
            # the day's takings, without a look at everything the shop has ever sold; placement does not pay for it
            models.Index("shop", "paid_at", name="orders_order_paid", condition=models.Q(paid_at__isnull=False)),
        ]


class OrderLookup(models.Model):
    """What the shop's list is searched by; a trigger writes it with its order. See sql/lookup.sql."""

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    phone_tail = models.CharField(max_length=4)  # the last digits; empty once the buyer is forgotten
    recipient = models.CharField(max_length=60)  # in capitals; as above
    total_minor = models.BigIntegerField()
    is_pickup = models.BooleanField()

    class Meta:
        db_table = "orders_lookup"
        indexes = [
            models.Index("shop", "phone_tail", models.F("order").desc(), name="orders_lookup_phone"),
            models.Index(
                "shop",
                OpClass("recipient", name="text_pattern_ops"),
                models.F("order").desc(),
                name="orders_lookup_name",
            ),
            models.Index("shop", "total_minor", models.F("order").desc(), name="orders_lookup_total"),
            # newest first, with what may be looked for that most orders or hardly any may have
            models.Index(fields=["shop", "-order"], include=["is_pickup", "total_minor"], name="orders_lookup_newest"),
        ]


class SavedFilter(models.Model):
    """A filter of the list of orders that a member has given a name: for that member alone, and of no single buyer."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    person_id = models.UUIDField()
    name = models.CharField(max_length=40)
    filters = models.JSONField()  # a types.OrderFilter
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_saved_filter"
        constraints = [
            models.UniqueConstraint("person_id", "shop", Lower("name"), name="orders_saved_filter_name"),
        ]


class OrderLine(models.Model):
    """Frozen at placement: what the buyer agreed to, whatever happens to the product.

    Foreign keys carry no index of their own here: placement pays for every one.
    """

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    title = models.CharField(max_length=255)
    options = ArrayField(models.CharField(max_length=255))
    sku = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()

    class Meta:
        db_table = "orders_line"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    quantity__gt=0,
                    total_minor=models.F("unit_minor") * models.F("quantity") - models.F("discount_minor"),
                    total_minor__gte=0,
                ),
                name="orders_line_adds_up",
            )
        ]
        indexes = [
            models.Index("order", name="orders_line_order"),
            models.Index("variant", models.F("order").desc(), name="orders_line_sold"),
        ]


class Transition(models.Model):
    """The audit trail of an order's state; the page's timeline reads it."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="transitions", db_constraint=False, db_index=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in OrderState])
    reason = models.CharField(
        max_length=48, blank=True
    )  # a stable word, e.g. "unpaid"; people's sentence is made later
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_transition"
        indexes = [models.Index("order", "id", name="orders_transition_order")]


class AfterSale(models.Model):
    """One case: what the buyer wants back of one order, and how far it has got."""

    id = uuid_key()
    number = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="after_sales", db_constraint=False, db_index=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in AfterSaleKind])
    state = models.CharField(
        max_length=12, default=AfterSaleState.REQUESTED, choices=[(s.value, s.value) for s in AfterSaleState]
    )
    amount_minor = models.BigIntegerField()  # lines plus freight
    freight_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=500)
    answer = models.CharField(max_length=500, blank=True)
    return_carrier = models.CharField(max_length=8, blank=True)
    return_tracking_number = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True)  # when the waiting state takes its default outcome
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_after_sale"
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="orders_after_sale_amount")]
        indexes = [
            models.Index("order", name="orders_after_sale_order"),
            models.Index(fields=["shop", "state", "-id"], name="orders_after_sale_queue"),
            models.Index("due_at", name="orders_after_sale_due", condition=models.Q(due_at__isnull=False)),
        ]


class AfterSaleLine(models.Model):
    id = uuid_key()
    after_sale = models.ForeignKey(AfterSale, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    quantity = models.PositiveIntegerField()  # 0: an amount only
    amount_minor = models.BigIntegerField()
    # what the units stand for; the amount is lower where both sides agreed on less. rules/after_sale.py counts with it
    value_minor = models.BigIntegerField()

    class Meta:
        db_table = "orders_after_sale_line"
        constraints = [
            models.UniqueConstraint("after_sale", "order_line", name="orders_after_sale_line_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="orders_after_sale_line_amount"),
        ]


class AfterSalePicture(models.Model):
    """What the buyer shows of a case. Its file lies where no public address leads."""

    id = uuid_key()
    after_sale = models.ForeignKey(AfterSale, on_delete=models.CASCADE, related_name="pictures", db_index=False)
    name = models.CharField(max_length=255)  # in the storage of originals
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        db_table = "orders_after_sale_picture"
        constraints = [models.UniqueConstraint(fields=["after_sale", "name"], name="orders_after_sale_picture_once")]


class AfterSaleTransition(models.Model):
    """The audit trail of a case."""

    id = models.BigAutoField(primary_key=True)
    after_sale = models.ForeignKey(AfterSale, on_delete=models.CASCADE, related_name="transitions")
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in AfterSaleState])
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_after_sale_transition"


class ParcelFile(models.Model):
    """A list of parcels that a shop has sent: looked through first, sent when somebody says so."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_id = models.UUIDField()
    filename = models.CharField(max_length=200)
    state = models.CharField(
        max_length=8, default=ParcelFileState.READ, choices=[(s.value, s.value) for s in ParcelFileState]
    )
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_parcel_file"
        indexes = [models.Index(fields=["shop", "-id"], name="orders_parcel_file_shop")]


class ParcelFileRow(models.Model):
    """One row of such a list, as it was written, and what has become of it."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(ParcelFile, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    carrier = models.CharField(max_length=40)
    tracking_number = models.CharField(max_length=80)
    sku = models.CharField(max_length=120, blank=True)
    quantity = models.CharField(max_length=12, blank=True)
    order_id = models.UUIDField(null=True)
    outcome = models.CharField(
        max_length=9, default=ParcelOutcome.READY, choices=[(o.value, o.value) for o in ParcelOutcome]
    )
    reason = models.CharField(max_length=200, blank=True)  # why it was refused

    class Meta:
        db_table = "orders_parcel_file_row"
        indexes = [models.Index(fields=["file", "line"], name="orders_parcel_file_row_line")]
