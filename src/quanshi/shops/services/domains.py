"""A shop's own domain: named by its owner, served once its DNS proves that it is theirs, and no longer than it does."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import domain_names as rules
from quanshi.shops import locks
from quanshi.shops.errors import DomainTaken
from quanshi.shops.gateways import DnsTexts, NoAnswer, Texts
from quanshi.shops.models import Domain, Shop
from quanshi.shops.services.permission import record_action, require_permission
from quanshi.shops.types import Permission, StaffAction

AT_ONCE: Final = 20  # looked for in one pass


def name_domain(*, actor: Actor, shop_id: UUID, name: str) -> str:
    """Say that the shop is to be reached by the domain `name`; the domain as DNS has it.

    It serves nothing until the worker has found the record that proves it. Another name takes the place of the former,
    which serves nothing from then on. The same name again changes nothing. Emits nothing.
    Raises: NotAllowed, ShopNotFound, InvalidInput, DomainTaken.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_DOMAIN)
    plain = rules.checked_name(name)
    if plain is None:
        raise InvalidInput(field="name", value=name[:80], reason="not a domain")
    if rules.is_of_platform(plain, hosts=settings.ALLOWED_HOSTS):
        raise InvalidInput(field="name", value=plain, reason="the platform's own")
    with transaction.atomic():
        shop = locks.shop(shop_id)
        if Shop.objects.filter(domain=plain).exclude(id=shop_id).exists():
            raise DomainTaken(field="name", name=plain)
        before = Domain.objects.filter(shop_id=shop_id).first()
        if before is not None and before.name == plain:
            return plain
        Domain.objects.filter(shop_id=shop_id).delete()
        Domain.objects.create(shop_id=shop_id, name=plain, token=secrets.token_urlsafe(32), next_check_at=clock.now())
        Shop.objects.filter(id=shop.id).update(domain="")
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.SHOP_DOMAIN_NAMED,
            subject=plain,
            before={"domain": before.name if before else ""},
            after={"domain": plain},
        )
    return plain


def drop_domain(*, actor: Actor, shop_id: UUID) -> None:
    """The shop is reached by no domain of its own any more. Idempotent. Emits nothing. Raises: NotAllowed."""
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_DOMAIN)
    with transaction.atomic():
        locks.shop(shop_id)
        before = Domain.objects.filter(shop_id=shop_id).first()
        if before is None:
            return
        before.delete()
        Shop.objects.filter(id=shop_id).update(domain="")
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.SHOP_DOMAIN_DROPPED,
            subject=before.name,
            before={"domain": before.name},
        )


def check_again(  # house: staff-work-is-recorded it only has the worker look
    *, actor: Actor, shop_id: UUID
) -> None:
    """Have the record looked for now. Idempotent. Emits nothing. Raises: NotAllowed."""
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_DOMAIN)
    Domain.objects.filter(shop_id=shop_id).update(next_check_at=clock.now())


def check_domains(*, now: datetime, texts: Texts | None = None) -> int:
    """Look for the records that are due; how many. Holds no transaction while the DNS is asked. Emits nothing.

    Silence of the DNS decides nothing. A proven domain whose record is not there four times in a row, over a day, is
    proven no more: whoever holds the name now may be somebody else.
    """
    ask = texts or DnsTexts()
    due = list(Domain.objects.filter(next_check_at__lte=now).order_by("next_check_at")[:AT_ONCE])
    for row in due:
        try:
            is_there = f"{rules.PREFIX}{row.token}" in ask(f"{rules.RECORD}.{row.name}")
        except NoAnswer:
            Domain.objects.filter(id=row.id).update(next_check_at=now + rules.AFTER_SILENCE)
            continue
        _note(row, is_there=is_there, now=now)
    return len(due)


def _note(row: Domain, *, is_there: bool, now: datetime) -> None:
    missed = 0 if is_there else row.missed + 1
    is_proven = is_there or (row.proven_at is not None and missed < rules.MOST_MISSED)
    wait = rules.wait_before_next(age=now - row.created_at, is_proven=is_proven, missed=missed)
    try:
        with transaction.atomic():
            shop = locks.shop(row.shop_id)
            known = Domain.objects.filter(id=row.id)  # gone where another name was said meanwhile
            if not known.update(
                proven_at=(row.proven_at or now) if is_proven else None,
                missed=missed,
                checked_at=now,
                next_check_at=None if wait is None else now + wait,
            ):
                return
            Shop.objects.filter(id=shop.id).update(domain=row.name if is_proven else "")
    except IntegrityError:  # another shop has proven it, and its record is still there
        Domain.objects.filter(id=row.id).update(checked_at=now, next_check_at=now + rules.RECHECK)
