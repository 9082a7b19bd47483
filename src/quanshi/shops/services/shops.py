from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from quanshi.accounts.services import LOCALES
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import money
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import locks, rules
from quanshi.shops.errors import LogoRefused, ShopIsClosing, ShopNotFound, ShopStopped, SlugTaken, TooManyShops
from quanshi.shops.models import Membership, Shop
from quanshi.shops.selectors import view_of
from quanshi.shops.services.permission import record_action, require_permission
from quanshi.shops.types import Facts, Permission, Role, ShopState, ShopView, StaffAction

LOGO_MAX_BYTES: Final = 2 * 1024 * 1024
LOGO_SIDE: Final = 256
LOGO_MAX_PIXELS: Final = 25_000_000  # a small file can unpack to gigabytes
LOGO_FORMATS: Final = ("PNG", "JPEG", "WEBP")  # no SVG: it is a program, not a picture
MOST_SHOPS: Final = 20  # of one person: each takes an address that somebody else could have
BASE_LOCALE: Final = "zh-hans"

Translations = Mapping[str, Mapping[str, str]]


class ShopChanges(TypedDict, total=False):
    """What `update_shop` may be told to change. Address and currency are for life: orders and books carry them."""

    name: str
    tagline: str
    accent: str
    look: str
    translations: Translations | None
    state: ShopState
    contact_phone: str
    contact_email: str
    contact_wechat: str


def open_shop(
    *,
    actor: Actor,
    slug: str,
    name: str,
    currency: str = "CNY",
    tagline: str = "",
    accent: str = "#d6402b",
    look: str = "plain",
    translations: Translations | None = None,
    is_demo: bool = False,
) -> ShopView:
    """Open a light shop at /s/<slug>; the actor becomes its owner (the system opens it without one).

    Not idempotent: a second shop of the same address is refused. Emits nothing.
    Raises: SlugTaken, TooManyShops, InvalidInput, NotAllowed for a guest.
    """
    if actor.kind is ActorKind.GUEST:
        raise NotAllowed(operation="open_shop")
    if (fault := rules.slug_fault(slug)) is not None:
        raise InvalidInput(field="slug", value=slug, reason=fault)
    if not money.is_known_currency(currency):
        raise InvalidInput(field="currency", value=currency, reason="unknown")
    fields = _checked(
        {
            "name": name,
            "tagline": tagline,
            "accent": accent,
            "look": look,
            "translations": translations,
        }
    )
    try:
        with transaction.atomic():
            if actor.kind is ActorKind.PERSON:
                _check_room(actor)
            shop = Shop.objects.create(slug=slug, currency=currency, is_demo=is_demo, **fields)
            if actor.kind is ActorKind.PERSON:
                Membership.objects.create(shop=shop, person_id=actor.id, role=Role.OWNER)
                record_action(actor=actor, shop_id=shop.id, action=StaffAction.SHOP_OPENED, subject=shop.name)
    except IntegrityError:
        # asked only after the refusal: a look before the insert would let two openers race
        if Shop.objects.filter(slug=slug).exists():
            raise SlugTaken(slug=slug) from None
        raise
    return view_of(shop=shop, locale=BASE_LOCALE)


def _check_room(actor: Actor) -> None:
    with connection.cursor() as cursor:  # two openings at once count one after another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"shops of {actor.id}"])
    if Membership.objects.filter(person_id=actor.id, role=Role.OWNER).count() >= MOST_SHOPS:
        raise TooManyShops(limit=MOST_SHOPS)


def update_shop(*, actor: Actor, shop_id: UUID, **changes: Unpack[ShopChanges]) -> ShopView:
    """Change what is given and leave the rest. Idempotent. Emits nothing.

    Raises: NotAllowed, InvalidInput, ShopNotFound; for its state ShopStopped by the operator, or ShopIsClosing.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    fields = _checked(dict(changes))
    with transaction.atomic():
        shop = locks.shop(shop_id)
        if "state" in fields and shop.state == ShopState.STOPPED:
            raise ShopStopped(shop_id=shop_id)
        if "state" in fields and shop.state == ShopState.CLOSING:
            raise ShopIsClosing(shop_id=shop_id)
        changed = {name: value for name, value in fields.items() if getattr(shop, name) != value}
        if changed:
            before = {name: getattr(shop, name) for name in changed}
            Shop.objects.filter(id=shop_id).update(**changed)
            record_action(
                actor=actor, shop_id=shop_id, action=_action(changed), before=_small(before), after=_small(changed)
            )
    return view_of(shop=_shop(shop_id), locale=BASE_LOCALE)


def hold_shop(*, actor: Actor, shop_id: UUID) -> None:  # house: staff-work-is-recorded it changes nothing
    """Let nobody else change a shop until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, ShopNotFound.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    locks.shop(shop_id)


def set_logo(*, actor: Actor, shop_id: UUID, file: File[bytes]) -> ShopView:
    """Make `file` the shop's logo: verified, re-encoded as a 256 px WebP, everything but the pixels dropped.

    Idempotent: the same picture gives the same file. Emits nothing.
    Raises: NotAllowed, LogoRefused, ShopNotFound.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    encoded = _encode_logo(file)
    shop = _shop(shop_id)
    # named by its content, so that a browser may keep it for ever; two writers at once get a name each
    stem = f"shops/{shop_id}/{hashlib.sha256(encoded).hexdigest()[:16]}"
    if (shop.logo.name or "").startswith(stem):
        return view_of(shop=shop, locale=BASE_LOCALE)
    written = default_storage.save(f"{stem}.webp", ContentFile(encoded))
    try:
        with transaction.atomic():
            before = locks.shop(shop_id).logo.name
            Shop.objects.filter(id=shop_id).update(logo=written)
            record_action(actor=actor, shop_id=shop_id, action=StaffAction.SHOP_LOGO_SET)
    except BaseException:
        default_storage.delete(written)
        raise
    if before:
        transaction.on_commit(lambda: default_storage.delete(before))
    return view_of(shop=_shop(shop_id), locale=BASE_LOCALE)


def remove_logo(*, actor: Actor, shop_id: UUID) -> None:
    """Take the shop's logo away. Idempotent. Emits nothing. Raises: NotAllowed, ShopNotFound."""
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        before = locks.shop(shop_id).logo.name
        if not before:
            return
        Shop.objects.filter(id=shop_id).update(logo="")
        record_action(actor=actor, shop_id=shop_id, action=StaffAction.SHOP_LOGO_REMOVED)
        transaction.on_commit(lambda: default_storage.delete(before))


def _action(changed: Mapping[str, object]) -> StaffAction:
    if set(changed) != {"state"}:
        return StaffAction.SHOP_CHANGED
    return StaffAction.SHOP_PAUSED if changed["state"] == ShopState.PAUSED else StaffAction.SHOP_REOPENED


def _small(fields: Mapping[str, object]) -> Facts:
    """As a line can hold them; translations as the text that they are kept as."""
    return {
        name: value if value is None or isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }


def _shop(shop_id: UUID) -> Shop:
    shop = Shop.objects.filter(id=shop_id).first()
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return shop


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes in the form in which the database keeps them. Raises: InvalidInput, TypeError for an unknown name."""
    if unknown := changes.keys() - _CHECKS.keys():
        raise TypeError(f"a shop has no {', '.join(sorted(unknown))} to change")
    return {name: _CHECKS[name](name, value) for name, value in changes.items()}


def _accent(field: str, value: str) -> str:
    accent = value.strip().lower()
    if not rules.is_accent(accent):
        raise InvalidInput(field=field, value=value, reason="not_a_colour")
    return accent


def _text(field: str, value: str, *, limit: int, is_required: bool = False) -> str:
    text = " ".join(value.split())
    if is_required and not text:
        raise InvalidInput(field=field, value=text, reason="required")
    if len(text) > limit:
        raise InvalidInput(field=field, value=text, reason="too_long")
    if "\x00" in text:
        raise InvalidInput(field=field, value=text.replace("\x00", "\N{REPLACEMENT CHARACTER}"), reason="not_text")
    return text


def _name(field: str, value: str) -> str:
    return _text(field, value, limit=rules.NAME_MAX_LENGTH, is_required=True)


def _tagline(field: str, value: str) -> str:
    return _text(field, value, limit=rules.TAGLINE_MAX_LENGTH)


def _look(field: str, value: str) -> str:
    return _text(field, value, limit=16, is_required=True)


def _state(field: str, value: str) -> ShopState:
    if value not in {ShopState.OPEN, ShopState.PAUSED}:  # stopping is the operator's
        raise InvalidInput(field=field, value=str(value), reason="unknown")
    return ShopState(value)


def _phone(field: str, value: str) -> str:
    text = _text(field, value, limit=rules.PHONE_MAX_LENGTH)
    if text and not rules.is_phone(text):
        raise InvalidInput(field=field, value=text, reason="not_a_phone")
    return text


def _email(field: str, value: str) -> str:
    text = value.strip()
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise InvalidInput(field=field, value=text[:80], reason="not_an_email") from None
    return text


def _wechat(field: str, value: str) -> str:
    text = value.strip()
    if text and not rules.is_wechat_id(text):
        raise InvalidInput(field=field, value=text[:40], reason="not_a_wechat_id")
    return text


def _translations(field: str, translations: Translations | None) -> dict[str, dict[str, str]]:
    checked: dict[str, dict[str, str]] = {}
    for locale, words in (translations or {}).items():
        if locale not in LOCALES:
            raise InvalidInput(field=field, value=locale, reason="unknown")
        if unknown := words.keys() - {"name", "tagline"}:
            raise TypeError(f"a shop has no {', '.join(sorted(unknown))} to translate")
        name = _text("name", words.get("name", ""), limit=rules.NAME_MAX_LENGTH)
        tagline = _tagline("tagline", words.get("tagline", ""))
        if given := {key: text for key, text in (("name", name), ("tagline", tagline)) if text}:
            checked[locale] = given
    return checked


_CHECKS: Final[Mapping[str, Callable[[str, Any], object]]] = {
    "name": _name,
    "tagline": _tagline,
    "accent": _accent,
    "look": _look,
    "translations": _translations,
    "state": _state,
    "contact_phone": _phone,
    "contact_email": _email,
    "contact_wechat": _wechat,
}


def _encode_logo(file: File[bytes]) -> bytes:
    """The picture's pixels alone, centred on a transparent square. Raises: LogoRefused."""
    name = str(file.name or "")[:80]
    file.seek(0)
    source = file.read(LOGO_MAX_BYTES + 1)
    if len(source) > LOGO_MAX_BYTES:
        raise LogoRefused(field="logo", value=name, reason="too_large")
    try:
        with Image.open(io.BytesIO(source), formats=LOGO_FORMATS) as probe:
            width, height = probe.size
            if width * height > LOGO_MAX_PIXELS:
                raise LogoRefused(field="logo", value=name, reason="too_many_pixels")
            probe.verify()
        with Image.open(io.BytesIO(source), formats=LOGO_FORMATS) as opened:  # verify() spends the first one
            picture = ImageOps.contain(ImageOps.exif_transpose(opened).convert("RGBA"), (LOGO_SIDE, LOGO_SIDE))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LogoRefused(field="logo", value=name, reason="too_many_pixels") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        # Pillow raises any of these for a file that is not what it says
        raise LogoRefused(field="logo", value=name, reason="unreadable") from None
    square = Image.new("RGBA", (LOGO_SIDE, LOGO_SIDE), (0, 0, 0, 0))
    square.paste(picture, ((LOGO_SIDE - picture.width) // 2, (LOGO_SIDE - picture.height) // 2))
    encoded = io.BytesIO()
    square.save(encoded, "WEBP", quality=90, method=6)
    return encoded.getvalue()
