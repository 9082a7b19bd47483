from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from quanshi.accounts.types import ConsentKind, ExportState, OperatorActionKind
from quanshi.kernel.models import uuid_key


class PersonManager(BaseUserManager["Person"]):
    """The two constructors Django's own commands call."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone who can sign in. Guests have no row here: they are an id in their own browser."""

    id = uuid_key()
    email = models.EmailField(unique=True)  # always lower case
    display_name = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=12, default="zh-hans")
    is_active = models.BooleanField(default=True)  # not while an operator has blocked them, and never once erased
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)  # erased then: the row stays, so that what it bought stays whole

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = PersonManager()

    class Meta:
        db_table = "accounts_person"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_person_email_lower")
        ]
        indexes = [
            models.Index("closed_at", name="accounts_person_closed", condition=models.Q(closed_at__isnull=False)),
        ]


class OperatorAction(models.Model):
    """What an operator has done to a person, and why. sql/operator_actions.sql lets nobody change or remove a row.

    Both are plain ids: the row stays when they are gone, and then without its words.
    """

    id = models.BigAutoField(primary_key=True)
    operator_id = models.UUIDField()
    person_id = models.UUIDField()
    action = models.CharField(max_length=12, choices=[(a.value, a.value) for a in OperatorActionKind])
    reason = models.CharField(max_length=160, blank=True)
    request_id = models.CharField(max_length=64, blank=True, db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_operator_action"
        verbose_name = _("what was done to a person")
        verbose_name_plural = _("what was done to people")
        indexes = [models.Index(fields=["person_id", "-id"], name="accounts_operator_action_of")]


class Address(models.Model):
    """One address of a person's book."""

    id = uuid_key()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.CharField(max_length=20, blank=True)
    recipient = models.CharField(max_length=60)
    phone = models.CharField(max_length=24)
    country = models.CharField(max_length=2)
    region_code = models.CharField(max_length=6, blank=True)  # a district of China
    region = models.CharField(max_length=120)
    street = models.CharField(max_length=200)
    postcode = models.CharField(max_length=16, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_address"
        constraints = [
            models.UniqueConstraint("person", name="accounts_address_one_default", condition=models.Q(is_default=True))
        ]
        indexes = [models.Index("person", "id", name="accounts_address_person")]


class Consent(models.Model):
    """What a person agreed to, or took back. sql/consents.sql lets nobody change or remove a row."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in ConsentKind])
    version = models.CharField(max_length=16)
    is_given = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_consent"
        indexes = [models.Index(fields=["person", "kind", "-id"], name="accounts_consent_person")]


class Export(models.Model):
    """A person's data in one file, until it expires. In the database: it goes with its row, on every machine."""

    id = uuid_key()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(
        max_length=12, default=ExportState.REQUESTED, choices=[(s.value, s.value) for s in ExportState]
    )
    file = models.BinaryField(null=True)
    size_bytes = models.PositiveIntegerField(default=0)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_export"
        indexes = [
            models.Index(fields=["person", "-id"], name="accounts_export_person"),
            models.Index("expires_at", name="accounts_export_expired"),
        ]


class Identity(models.Model):
    """Who a person is to somebody else's sign-in: of WeChat, our appid there and their openid for it."""

    id = uuid_key()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    provider = models.CharField(max_length=16)
    subject = models.CharField(max_length=160)
    linked_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_identity"
        constraints = [
            models.UniqueConstraint("provider", "subject", name="accounts_identity_once"),
            models.UniqueConstraint("person", "provider", name="accounts_identity_one_each"),
        ]
