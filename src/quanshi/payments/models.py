from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.kernel.models import uuid_key
from quanshi.payments.types import (
    AttemptState,
    DifferenceKind,
    Outcome,
    PayoutKind,
    PayoutState,
    RefundState,
    RefundTarget,
)
from quanshi.shops.models import Shop


class Attempt(models.Model):
    """One try to pay through one gateway. What it pays are its parts; it belongs to no single shop."""

    id = uuid_key()
    gateway = models.CharField(max_length=16)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    subject = models.CharField(max_length=120)
    state = models.CharField(
        max_length=12, default=AttemptState.PENDING, choices=[(s.value, s.value) for s in AttemptState]
    )
    gateway_reference = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()
    next_query_at = models.DateTimeField(null=True)  # when the sweeper asks the gateway again
    query_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_attempt"
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payments_attempt_amount")]
        indexes = [
            models.Index(
                "next_query_at",
                name="payments_attempt_ask",
                condition=models.Q(state=AttemptState.PENDING, next_query_at__isnull=False),
            ),
        ]


class AttemptPart(models.Model):
    """What one shop's payable has of an attempt. The parts of an attempt are its whole amount, in its currency."""

    pk = models.CompositePrimaryKey("attempt_id", "payable_id")
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="parts", db_constraint=False, db_index=False
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    payable_id = models.UUIDField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "payments_attempt_part"
        constraints = [
            # a shop's books name what they book by the attempt, so an attempt may pay one thing of each shop only
            models.UniqueConstraint("attempt", "shop", name="payments_attempt_part_shop"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payments_attempt_part_amount"),
        ]
        indexes = [models.Index("payable_id", name="payments_attempt_part_payable")]


class Refund(models.Model):
    """One order to give money back. `key` makes it happen once, whoever asks again."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    payable_id = models.UUIDField()
    cause_id = models.UUIDField()  # the after-sale case, or the attempt whose money could not be used
    key = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=12, default=RefundState.REQUESTED, choices=[(s.value, s.value) for s in RefundState]
    )
    # how the gateway knows it after it has refused it for good: the last one counts. It first knew it by `id`
    sent_as = ArrayField(models.UUIDField(), default=list)
    gateway_reference = models.CharField(max_length=128, blank=True)
    # a person's decision about money that could not arrive, and whose it was; the card itself is never kept
    redirected_to = models.CharField(max_length=12, blank=True, choices=[(t.value, t.value) for t in RefundTarget])
    redirected_by = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    next_try_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.UniqueConstraint("shop", "key", name="payments_refund_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payments_refund_amount"),
        ]
        indexes = [
            models.Index("payable_id", name="payments_refund_payable"),
            models.Index(
                "next_try_at",
                name="payments_refund_due",
                condition=models.Q(state__in=[RefundState.REQUESTED, RefundState.SENDING, RefundState.ABNORMAL]),
            ),
            models.Index(
                "shop",
                "id",
                name="payments_refund_stuck",
                condition=models.Q(state__in=[RefundState.FAILED, RefundState.ABNORMAL]),
            ),
        ]


class Payout(models.Model):
    """One order to pay a shop what it has earned, or to take some of it back. `key` makes it happen once."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    account = models.CharField(max_length=16)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in PayoutKind])
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="+", db_constraint=False, null=True)
    split = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", db_constraint=False, null=True)
    receiver = models.CharField(max_length=128)
    receiver_name = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    memo = models.CharField(max_length=32, blank=True)
    state = models.CharField(
        max_length=12, default=PayoutState.REQUESTED, choices=[(s.value, s.value) for s in PayoutState]
    )
    gateway_reference = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    confirmation = models.TextField(blank=True)
    next_try_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_payout"
        constraints = [
            models.UniqueConstraint("shop", "key", name="payments_payout_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payments_payout_amount"),
            models.CheckConstraint(
                condition=models.Q(kind=PayoutKind.TRANSFER, attempt=None, split=None)
                | models.Q(kind=PayoutKind.SPLIT, attempt__isnull=False, split=None)
                | models.Q(kind=PayoutKind.TAKE_BACK, attempt__isnull=False, split__isnull=False),
                name="payments_payout_kind",
            ),
        ]
        indexes = [
            models.Index(
                "next_try_at",
                name="payments_payout_due",
                condition=models.Q(state__in=[PayoutState.REQUESTED, PayoutState.SENDING]),
            ),
        ]


class ReceivedNotification(models.Model):
    """Every verified notification, once: the gateway's id is the key, so a duplicate changes nothing."""

    id = models.BigAutoField(primary_key=True)
    gateway = models.CharField(max_length=16)
    notification_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=8)
    subject_id = models.UUIDField()
    outcome = models.CharField(max_length=12, choices=[(o.value, o.value) for o in Outcome])
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_notification"
        constraints = [models.UniqueConstraint("gateway", "notification_id", name="payments_notification_once")]


class Bill(models.Model):
    """One day's bill of one account that has been read and matched: no row, not looked at."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=16)
    day = models.DateField()
    line_count = models.PositiveIntegerField()
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_bill"
        constraints = [models.UniqueConstraint("account", "day", name="payments_bill_once")]


class BillLine(models.Model):
    """One line of a bill, as the provider told it."""

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8)
    subject_id = models.UUIDField(null=True)
    gateway_reference = models.CharField(max_length=128)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "payments_bill_line"
        indexes = [models.Index("subject_id", name="payments_bill_line_subject")]


class BillDifference(models.Model):
    """Where a bill and our books disagree. It stays, whatever happens afterwards: a person has to have seen it."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=16)
    day = models.DateField()
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in DifferenceKind])
    about = models.CharField(max_length=8)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, null=True
    )
    subject_id = models.UUIDField(null=True)
    gateway_reference = models.CharField(max_length=128, blank=True)
    ours_minor = models.BigIntegerField(null=True)
    theirs_minor = models.BigIntegerField(null=True)
    booked_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_bill_difference"
        constraints = [
            models.UniqueConstraint(
                "account",
                "day",
                "kind",
                "about",
                "shop",
                "subject_id",
                "gateway_reference",
                name="payments_bill_difference_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["shop", "-day"], name="payments_bill_difference_shop")]


class BillDifferenceNote(models.Model):
    """Somebody has seen a difference. A trigger lets nobody change or remove one; it mends nothing by itself."""

    id = models.BigAutoField(primary_key=True)
    difference = models.ForeignKey(BillDifference, on_delete=models.PROTECT, related_name="notes")
    by_id = models.UUIDField()
    text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_bill_difference_note"


class SandboxCharge(models.Model):
    """The simulated provider's own record of a payment. Only payments.sandbox touches it."""

    merchant_reference = models.CharField(primary_key=True, max_length=64)  # our attempt id, as the provider sees it
    reference = models.CharField(max_length=32, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    subject = models.CharField(max_length=120)
    notify_url = models.URLField(max_length=500)
    return_url = models.URLField(max_length=500)
    outcome = models.CharField(max_length=12, default=Outcome.PENDING, choices=[(o.value, o.value) for o in Outcome])
    refunded_minor = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_sandbox_charge"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="payments_sandbox_refunds",
            )
        ]


class SandboxPayout(models.Model):
    """The simulated provider's own record of money that it has paid to somebody, which is nobody."""

    merchant_reference = models.CharField(primary_key=True, max_length=64)  # our pay-out id
    reference = models.CharField(max_length=32, unique=True)
    receiver = models.CharField(max_length=128)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_sandbox_payout"


class SandboxRefund(models.Model):
    """The simulated provider's own record of a refund."""

    merchant_reference = models.CharField(primary_key=True, max_length=64)  # our refund id
    reference = models.CharField(max_length=32, unique=True)
    charge = models.ForeignKey(SandboxCharge, on_delete=models.CASCADE, related_name="refunds")
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_sandbox_refund"


class SandboxNotice(models.Model):
    """What the simulated provider has yet to tell its merchant. Gone once the merchant has acknowledged it."""

    id = models.BigAutoField(primary_key=True)
    notify_url = models.URLField(max_length=500)
    body = models.TextField()
    due_at = models.DateTimeField()
    try_count = models.PositiveSmallIntegerField(default=0)
    request_id = models.CharField(max_length=64, blank=True)  # that led to it, for the logs

    class Meta:
        db_table = "payments_sandbox_notice"
        indexes = [models.Index("due_at", name="payments_sandbox_notice_due")]
