from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from quanshi.kernel.models import uuid_key
from quanshi.ledger.types import AccountKind, TransferKind
from quanshi.shops.models import Shop


class Account(models.Model):
    """One book page: a shop's account of one kind in one currency. It has no balance column: the postings are it."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in AccountKind])
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_account"
        constraints = [models.UniqueConstraint("shop", "kind", "currency", name="ledger_account_once")]


class Transfer(models.Model):
    """One movement of money with its reason. Immutable: a correction is a reversal.

    The table has one column more, `written_by`, which sql/seal.sql adds and the sealer alone reads.
    """

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in TransferKind])
    subject_id = models.UUIDField()  # the order, or the pay-out
    key = models.CharField(max_length=80)  # what makes it happen once, e.g. "refund_sent:<refund id>"
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    memo = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_transfer"
        constraints = [
            models.UniqueConstraint("shop", "key", name="ledger_transfer_once"),
            models.UniqueConstraint(
                fields=["shop", "reverses"],
                name="ledger_transfer_reversed_once",
                condition=models.Q(reverses__isnull=False),
            ),
        ]
        indexes = [
            models.Index("subject_id", name="ledger_transfer_subject"),
        ]


class Posting(models.Model):
    """One leg. Per transfer and currency they sum to zero: a statement trigger refuses anything else."""

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="postings", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount_minor = models.BigIntegerField()  # debit positive, credit negative
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "ledger_posting"
        constraints = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="ledger_posting_not_zero")]
        indexes = [
            # the amount rides along, so that balances and running balances never visit the table
            models.Index(fields=["account", "id"], include=["amount_minor"], name="ledger_posting_statement"),
            models.Index("transfer", name="ledger_posting_transfer"),
        ]


class Seal(models.Model):
    """One link of the hash chain of a shop's books: a batch of transfers, the link before it, and their common hash."""

    pk = models.CompositePrimaryKey("shop_id", "sequence")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    sequence = models.BigIntegerField()  # 1, 2, 3 ... in each shop
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    first_transfer_id = models.UUIDField()
    last_transfer_id = models.UUIDField()
    count = models.IntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_seal"
        constraints = [
            models.CheckConstraint(condition=models.Q(sequence__gte=1, count__gte=1), name="ledger_seal_holds_some"),
        ]
        indexes = [models.Index(fields=["shop", "sealed_at"], name="ledger_seal_by_day")]


class SealMark(models.Model):
    """How far the sealer has come, in its only row: no transfer of a transaction before `since` waits for its seal.

    A short cut for whoever asks whether something waits; the sealer itself goes by the seals alone.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    since = models.BigIntegerField()

    class Meta:
        db_table = "ledger_seal_mark"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_seal_mark_once")]


class Sealed(models.Model):
    """One transfer's place in the chain. The key makes it exactly one; the transfer itself stays as it was written."""

    pk = models.CompositePrimaryKey("shop_id", "transfer_id")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    sequence = models.BigIntegerField()
    position = models.IntegerField()  # 1, 2, 3 ... in each seal
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_sealed"
        constraints = [models.UniqueConstraint(fields=["shop", "sequence", "position"], name="ledger_sealed_place")]


class Subtotal(models.Model):
    """What an account's postings up to and with `posting_id` sum to. Append-only by trigger; audited."""

    pk = models.CompositePrimaryKey("account_id", "posting_id")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    posting_id = models.BigIntegerField()
    debits_minor = models.BigIntegerField()
    credits_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_subtotal"


class SubtotalMark(models.Model):
    """How far the sub-totals have come, in its only row: `done`, and the posting that is `next` once it is final.

    It is, with all below it, when every transaction up to the number `final_after` has ended.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    done = models.BigIntegerField(default=0)
    next = models.BigIntegerField(default=0)
    final_after = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ledger_subtotal_mark"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_subtotal_mark_once")]
