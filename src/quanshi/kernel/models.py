from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from quanshi.kernel import ids


class OutboxEvent(models.Model):
    """A fact waiting to be told upward, written in the transaction that made it true."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=64)
    aggregate_id = models.UUIDField()
    payload = models.JSONField()
    request_id = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )  # that made it true, for the logs
    created_at = models.DateTimeField(db_default=Now())
    relayed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", db_default="")
    dead_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_outbox_event"
        indexes = [
            # relay: the oldest waiting event of each aggregate; small because relayed rows leave it
            models.Index(
                "aggregate_id", "id", name="kernel_outbox_waiting", condition=models.Q(relayed_at=None, dead_at=None)
            ),
            models.Index("id", name="kernel_outbox_dead", condition=models.Q(dead_at__isnull=False)),
        ]


class OutboxDelivery(models.Model):
    """One handler has taken one event: the row is written in the handler's own transaction."""

    pk = models.CompositePrimaryKey("event_id", "handler")
    # the primary key begins with it
    event = models.ForeignKey(
        OutboxEvent, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    handler = models.CharField(max_length=128)
    handled_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kernel_outbox_delivery"


class IdempotencyKey(models.Model):
    """One write from outside: who, which operation, which key, what was asked and what was answered."""

    pk = models.CompositePrimaryKey("actor_id", "operation", "key")
    actor_id = models.UUIDField()
    operation = models.CharField(max_length=48)
    key = models.CharField(max_length=64)
    request_hash = models.BinaryField(max_length=32)
    subject_id = models.UUIDField(null=True)  # what the write makes, where its id is known beforehand
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kernel_idempotency_key"
        indexes = [
            # what may be forgotten; a placed order's key has no answer, so placement does not pay for it
            models.Index("created_at", name="kernel_idempotency_answered", condition=models.Q(answer__isnull=False)),
        ]


class SweepPass(models.Model):
    """When each of the worker's sweeps has last done its work, for those who watch. Written every few seconds."""

    name = models.CharField(max_length=48, primary_key=True)
    succeeded_at = models.DateTimeField()
    due_at = models.DateTimeField()  # when the next pass should have begun

    class Meta:
        db_table = "kernel_sweep_pass"


class Limit(models.Model):
    """When one client did one thing of late. Unlogged: losing it in a crash lets a few more through, no more."""

    key = models.CharField(max_length=128, primary_key=True)
    moments = ArrayField(models.DateTimeField())
    ends_at = models.DateTimeField()  # nothing in it counts any more

    class Meta:
        db_table = "kernel_limit"
        indexes = [models.Index("ends_at", name="kernel_limit_ended")]


def uuid_key() -> models.UUIDField:  # type: ignore[type-arg]
    """The primary key that every room's tables use."""
    return models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
