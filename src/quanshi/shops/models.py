from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from quanshi.kernel.models import uuid_key
from quanshi.shops.types import Role, ShopState


class Shop(models.Model):
    """One light shop at /s/<slug>."""

    id = uuid_key()
    slug = models.SlugField(max_length=48, unique=True)
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=160, blank=True)
    translations = models.JSONField(default=dict, blank=True)  # {"en": {"name": ..., "tagline": ...}}
    logo = models.ImageField(upload_to="shops/", blank=True)
    accent = models.CharField(
        max_length=7,
        default="#d6402b",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour like #d6402b.")],
    )
    look = models.CharField(max_length=16, default="plain")  # which drawn cover the shop page shows
    currency = models.CharField(max_length=3, default="CNY")
    is_demo = models.BooleanField(default=False)  # made up: its pages say so
    state = models.CharField(max_length=12, default=ShopState.OPEN, choices=[(s.value, s.value) for s in ShopState])
    created_at = models.DateTimeField(db_default=Now())
    domain = models.CharField(max_length=253, blank=True, default="", db_default="")  # proven: what it is reached by
    closing_announced_at = models.DateTimeField(null=True)
    sales_end_at = models.DateTimeField(null=True)  # the end of the notice; see rules.NOTICE
    closed_at = models.DateTimeField(null=True)
    # how buyers reach it; each is shown to everybody, and may be empty
    contact_phone = models.CharField(max_length=24, blank=True, default="", db_default="")
    contact_email = models.CharField(max_length=254, blank=True, default="", db_default="")
    contact_wechat = models.CharField(max_length=30, blank=True, default="", db_default="")

    class Meta:
        db_table = "shops_shop"
        constraints = [
            models.UniqueConstraint(fields=["domain"], name="shops_shop_domain", condition=~models.Q(domain="")),
            models.CheckConstraint(
                condition=models.Q(closing_announced_at__isnull=True, sales_end_at__isnull=True)
                | models.Q(closing_announced_at__isnull=False, sales_end_at__isnull=False),
                name="shops_shop_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ShopState.CLOSED, closed_at__isnull=False, sales_end_at__isnull=False)
                | (~models.Q(state=ShopState.CLOSED) & models.Q(closed_at__isnull=True)),
                name="shops_shop_closed",
            ),
        ]
        indexes = [
            models.Index(
                "sales_end_at",
                name="shops_shop_notice_ends",
                condition=models.Q(sales_end_at__isnull=False, state__in=[ShopState.OPEN, ShopState.PAUSED]),
            )
        ]
        verbose_name = _("shop")
        verbose_name_plural = _("shops")


class Domain(models.Model):
    """The domain that an owner has named, with what its DNS has to say. Proven, its name stands in the shop's row."""

    id = uuid_key()
    shop = models.OneToOneField(Shop, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=253)  # as DNS has it: lower case, IDNA
    token = models.CharField(max_length=43)
    proven_at = models.DateTimeField(null=True)
    missed = models.PositiveSmallIntegerField(default=0)  # times in a row that the record was not there
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "shops_domain"
        indexes = [
            models.Index("next_check_at", name="shops_domain_due", condition=models.Q(next_check_at__isnull=False))
        ]


class Membership(models.Model):
    """A person works in a shop."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, default=Role.OWNER, choices=[(r.value, r.value) for r in Role])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "shops_membership"
        constraints = [models.UniqueConstraint("shop", "person", name="shops_membership_once")]


class Invitation(models.Model):
    """A link that makes one person a member in one role, once. Only the hash of its secret is kept."""

    id = uuid_key()
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Role])
    email = models.EmailField(blank=True)  # lower case; empty: whoever has the link may accept
    token_hash = models.BinaryField(max_length=32)
    invited_by = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)

    class Meta:
        db_table = "shops_invitation"
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="shops_invitation_token"),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None) | models.Q(accepted_at=None), name="shops_invitation_ends_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["shop", "-id"],
                name="shops_invitation_open",
                condition=models.Q(revoked_at=None, accepted_at=None),
            )
        ]


class StaffActionRow(models.Model):
    """Who did what to which object of a shop, and when. Append-only, enforced by a trigger.

    The person and the object are plain ids: the line stays when they are gone.
    """

    id = models.BigAutoField(primary_key=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    person_id = models.UUIDField()
    role = models.CharField(max_length=12)  # as what they did it: their role then, or "operator"
    action = models.CharField(max_length=40)  # a StaffAction
    kind = models.CharField(max_length=16)  # the first word of the action
    subject_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=120, blank=True, db_default="")  # an order's number, a product's title
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True, db_default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "shops_staff_action"
        verbose_name = _("staff action")
        verbose_name_plural = _("staff actions")
        indexes = [
            models.Index(fields=["shop", "-id"], name="shops_staff_action_shop"),
            models.Index(fields=["shop", "person_id", "-id"], name="shops_staff_action_person"),
            models.Index(fields=["shop", "kind", "-id"], name="shops_staff_action_kind"),
        ]
