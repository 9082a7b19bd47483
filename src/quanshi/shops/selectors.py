from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind, Bar
from quanshi.kernel import clock, ids, prepared
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import domain_names, rules
from quanshi.shops.errors import ShopGone, ShopNotFound
from quanshi.shops.models import Domain, Invitation, Membership, Shop, StaffActionRow
from quanshi.shops.types import (
    DomainView,
    InvitationView,
    MemberView,
    Permission,
    Role,
    Seller,
    ShopState,
    ShopView,
    StaffAction,
    StaffActionPage,
    StaffActionView,
    Theme,
)

SELLERS_SQL: Final = """
    SELECT shop.id, coalesce(nullif(words.said ->> 'name', ''), shop.name), shop.currency, shop.state, shop.sales_end_at
    FROM shops_shop AS shop CROSS JOIN LATERAL (
        SELECT coalesce(nullif(shop.translations -> %(locale)s, '{}'), shop.translations -> %(language)s) AS said
    ) AS words
    WHERE shop.id = ANY(%(shops)s)
"""

ACTION_KINDS: Final = tuple(dict.fromkeys(action.kind for action in StaffAction))
CURSOR_DIGITS: Final = 18  # more would not fit the key


@dataclass(frozen=True, slots=True)
class _Post:
    """As what somebody works in a shop, and whether that is closed for good."""

    role: Role
    is_closed: bool


@dataclass(frozen=True, slots=True)
class _Page:
    shops: dict[UUID, Shop]
    posts: dict[tuple[UUID, UUID], _Post | None]


_page: ContextVar[_Page | None] = ContextVar("shops_page", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """While the block runs, what `desk` has read of a shop and a membership is not read again.

    For the length of one page that only reads: every selector below it asks for permission and currency anew, and
    each would cost a query. Never around a write, which must see what is true now.
    """
    token = _page.set(_Page(shops={}, posts={}))
    try:
        yield
    finally:
        _page.reset(token)


def shop_by_slug(*, slug: str, locale: str) -> ShopView:
    """One shop, whether it takes orders or not. One query. Raises: ShopNotFound, ShopGone after it has closed."""
    view = kept_shop_by_slug(slug=slug, locale=locale)
    if view.state is ShopState.CLOSED:
        raise ShopGone(name=view.name, closed_at=view.closed_at)
    return view


def kept_shop_by_slug(*, slug: str, locale: str) -> ShopView:
    """One shop, be it closed for good: its orders and books are kept. One query. Raises: ShopNotFound."""
    # some callers hand on what a query says, and a NUL is nothing that the database could be asked for
    shop = None if "\x00" in slug else Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise ShopNotFound(slug=slug)
    return view_of(shop=shop, locale=locale)


def shops_by_id(*, shop_ids: Iterable[UUID], locale: str) -> dict[UUID, ShopView]:
    """The shops that exist among `shop_ids`. One query, or none for no ids."""
    wanted = set(shop_ids)
    page = _page.get()
    known = {} if page is None else {shop_id: page.shops[shop_id] for shop_id in wanted & page.shops.keys()}
    if missing := wanted - known.keys():
        known |= {shop.id: shop for shop in Shop.objects.filter(id__in=missing)}
    return {shop_id: view_of(shop=shop, locale=locale) for shop_id, shop in known.items()}


def sellers(*, shop_ids: Iterable[UUID], locale: str) -> dict[UUID, Seller]:
    """As `shops_by_id`, for whoever reckons and shows next to nothing, over and over in a rush. One query."""
    values = {"shops": list(set(shop_ids)), "locale": locale, "language": locale.partition("-")[0]}
    return {
        shop_id: Seller(id=shop_id, name=name, currency=currency, state=ShopState(state), sales_end_at=sales_end_at)
        for shop_id, name, currency, state, sales_end_at in prepared.fetch(sql=SELLERS_SQL, values=values)
    }


def desk(*, slug: str, person_id: UUID, locale: str) -> ShopView:
    """The shop, read together with the person's role in it, for `read_once` to know both. One query.

    It decides nothing: ask `services.require_permission`. Raises: ShopNotFound.
    """
    roles = Membership.objects.filter(shop_id=OuterRef("id"), person_id=person_id, person__is_active=True)
    shop = Shop.objects.filter(slug=slug).annotate(role=Subquery(roles.values("role")[:1])).first()
    if shop is None:
        raise ShopNotFound(slug=slug)
    if (page := _page.get()) is not None:
        page.shops[shop.id] = shop
        page.posts[shop.id, person_id] = (
            _Post(Role(shop.role), is_closed=shop.state == ShopState.CLOSED) if shop.role else None
        )
    return view_of(shop=shop, locale=locale)


def role_of(*, shop_id: UUID, person_id: UUID) -> Role | None:
    """The role in which a person works in a shop; None for no role and for someone blocked. One query."""
    post = _post(shop_id, person_id)
    return None if post is None else post.role


def _post(shop_id: UUID, person_id: UUID) -> _Post | None:
    page = _page.get()
    if page is not None and (shop_id, person_id) in page.posts:
        return page.posts[shop_id, person_id]
    row = (
        Membership.objects.filter(shop_id=shop_id, person_id=person_id, person__is_active=True)
        .values_list("role", "shop__state")
        .first()
    )
    return None if row is None else _Post(Role(row[0]), is_closed=row[1] == ShopState.CLOSED)


def membership_of(*, shop_id: UUID, person_id: UUID) -> UUID | None:
    """The id of a person's membership in a shop: who leaves and comes back has another. One query."""
    return Membership.objects.filter(shop_id=shop_id, person_id=person_id).values_list("id", flat=True).first()


def permissions_of(*, actor: Actor, shop_id: UUID) -> frozenset[Permission]:
    """What `actor` may do in the shop: nothing for guests, strangers and who is blocked, all for the system.

    Of a shop that has closed for good its owners may see what is kept. One query for a person, none for others.
    """
    if actor.kind is ActorKind.SYSTEM:
        return rules.EVERYTHING
    post = _post(shop_id, actor.id) if actor.kind is ActorKind.PERSON else None
    return frozenset() if post is None else rules.permissions(role=post.role, is_closed=post.is_closed)


def members_of(*, actor: Actor, shop_id: UUID) -> tuple[MemberView, ...]:
    """Who works in the shop, by how long. Two queries. Raises: NotAllowed."""
    _require(actor, shop_id, Permission.MANAGE_MEMBERS)
    rows = Membership.objects.filter(shop_id=shop_id).order_by("id")
    return tuple(MemberView(person_id=row.person_id, role=Role(row.role), since=row.created_at) for row in rows)


def staff_of(*, actor: Actor, shop_id: UUID) -> tuple[UUID, ...]:
    """Everybody who works in the shop or has done something in it, for a filter. Three queries. Raises: NotAllowed."""
    _require(actor, shop_id, Permission.VIEW_ACTIVITY)
    members = Membership.objects.filter(shop_id=shop_id).values_list("person_id", flat=True)
    doers = StaffActionRow.objects.filter(shop_id=shop_id).values_list("person_id", flat=True).distinct()
    return tuple(dict.fromkeys([*members, *doers]))


def invitations_of(*, actor: Actor, shop_id: UUID) -> tuple[InvitationView, ...]:
    """The invitations that can still be accepted, the newest first. Two queries. Raises: NotAllowed."""
    _require(actor, shop_id, Permission.MANAGE_MEMBERS)
    return _good_invitations(shop_id=shop_id)


def invitation(*, invitation_id: UUID) -> InvitationView | None:
    """One that can still be accepted. One query. The caller asks for permission."""
    return next(iter(_good_invitations(id=invitation_id)), None)


def _good_invitations(**narrowing: UUID) -> tuple[InvitationView, ...]:
    """Those whose makers may still give their role: with that right a link dies."""
    posts = Membership.objects.filter(
        shop_id=OuterRef("shop_id"), person_id=OuterRef("invited_by"), person__is_active=True
    )
    open_ = Invitation.objects.filter(revoked_at=None, accepted_at=None, expires_at__gt=clock.now(), **narrowing)
    return tuple(
        InvitationView(
            id=row.id,
            shop_id=row.shop_id,
            role=Role(row.role),
            email=row.email,
            invited_by=row.invited_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in open_.annotate(giver=Subquery(posts.values("role"))).order_by("-id")
        if row.giver and rules.may_give(giver=Role(row.giver), role=Role(row.role))
    )


def roles_to_give(*, actor: Actor, shop_id: UUID) -> tuple[Role, ...]:
    """The roles into which the actor may bring somebody, and out of which. One query."""
    own = role_of(shop_id=shop_id, person_id=actor.id)
    return tuple(role for role in Role if own is not None and rules.may_give(giver=own, role=role))


def staff_actions(
    *, actor: Actor, shop_id: UUID, person_id: UUID | None = None, kind: str = "", cursor: str = "", limit: int = 50
) -> StaffActionPage:
    """What the staff has done, the newest first, of one person or of one kind where it is asked for. Two queries.

    Raises: NotAllowed, InvalidInput for a kind or cursor that does not exist.
    """
    _require(actor, shop_id, Permission.VIEW_ACTIVITY)
    rows = StaffActionRow.objects.filter(shop_id=shop_id)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if kind:
        if kind not in ACTION_KINDS:
            raise InvalidInput(field="kind", value=kind[:80], reason="not a kind of action")
        rows = rows.filter(kind=kind)
    if cursor:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
            raise InvalidInput(field="cursor", value=cursor[:80], reason="not a cursor of this list")
        rows = rows.filter(id__lt=int(cursor))
    found = list(rows.order_by("-id")[: limit + 1])
    return StaffActionPage(
        actions=tuple(_action_view(row) for row in found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else "",
    )


def _action_view(row: StaffActionRow) -> StaffActionView:
    return StaffActionView(
        id=row.id,
        person_id=row.person_id,
        role=row.role,
        action=StaffAction(row.action),
        subject_id=row.subject_id,
        subject=row.subject,
        before=row.before,
        after=row.after,
        request_id=row.request_id,
        at=row.at,
    )


def _require(actor: Actor, shop_id: UUID, permission: Permission) -> None:
    if permission not in permissions_of(actor=actor, shop_id=shop_id):
        raise NotAllowed(shop_id=shop_id, permission=permission.value)


def list_shops(*, locale: str) -> tuple[ShopView, ...]:
    """The open shops, oldest first. One query."""
    return tuple(view_of(shop=shop, locale=locale) for shop in Shop.objects.filter(state=ShopState.OPEN).order_by("id"))


def shops_of(*, person_id: UUID, locale: str) -> tuple[ShopView, ...]:
    """The shops that a person works in, oldest membership first. One query."""
    shops = Shop.objects.filter(memberships__person_id=person_id).order_by("memberships__id")
    return tuple(view_of(shop=shop, locale=locale) for shop in shops)


def data_of_member(*, person_id: UUID) -> Mapping[str, object]:
    """The shops' part of what is told to a person of themselves. Four queries.

    Where they work, and as what; who invited them by their address; what they did for which shop.
    """
    email = people.contacts_of(person_ids=[person_id])[person_id].email
    rows = Membership.objects.filter(person_id=person_id).order_by("id")
    invited = Invitation.objects.filter(email=email).order_by("id")
    done = StaffActionRow.objects.filter(person_id=person_id).order_by("id")
    return {
        "shops": list(rows.values("shop__slug", "shop__name", "role", "created_at")),
        "invitations": list(invited.values("shop__slug", "role", "email", "created_at", "accepted_at", "revoked_at")),
        "actions": list(done.values("shop__slug", "role", "action", "subject", "at")),
    }


def bars_of_member(*, person_id: UUID) -> tuple[Bar, ...]:
    """Why a person cannot leave: a shop needs an owner, who answers for its orders and its money. One query."""
    others = Membership.objects.filter(shop_id=OuterRef("shop_id"), role=Role.OWNER, person__is_active=True)
    alone = ~Exists(others.exclude(person_id=person_id))
    owned = Membership.objects.filter(alone, person_id=person_id, role=Role.OWNER)
    owned = owned.exclude(shop__state=ShopState.CLOSED).order_by("id")  # those answer for nothing any more
    names = list(owned.values_list("shop__name", flat=True))
    return (Bar("owns_shop", len(names), names[0]),) if names else ()


def shop_texts(*, shop_id: UUID) -> dict[str, dict[str, str]]:
    """The words of a shop in every language, for the form that edits them: {"": {"name", "tagline"}, "en": ...}.

    Raises: ShopNotFound.
    """
    shop = Shop.objects.filter(id=shop_id).first()
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    return {"": {"name": shop.name, "tagline": shop.tagline}, **shop.translations}


def free_slug(*, name: str) -> str:
    """An address for a new shop of this name that nobody has yet. Only a suggestion: nothing is reserved. One query."""
    base = rules.slug_from_name(name) or f"shop-{ids.new_id().hex[-6:]}"
    stem = base[: rules.SLUG_MAX_LENGTH - 4]
    taken = set(Shop.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    choices = (base, *(f"{stem}-{number}" for number in range(2, 100)), f"shop-{ids.new_id().hex[-12:]}")
    return next(slug for slug in choices if slug not in taken)


def closing_dates(*, now: datetime) -> tuple[date, date]:
    """The first and the last day that a shop may announce at `now` as its first day without sales. No query."""
    return rules.first_closing_date(now=now), rules.last_closing_date(now=now)


def theme_of(*, accent: str) -> Theme:
    """The readable colours around `accent`. No query."""
    return rules.theme(accent)


def view_of(*, shop: Shop, locale: str) -> ShopView:
    """A row as others see it, in the words of `locale` where the shop has them."""
    words = shop.translations.get(locale) or shop.translations.get(locale.partition("-")[0]) or {}
    return ShopView(
        id=shop.id,
        slug=shop.slug,
        name=words.get("name") or shop.name,
        tagline=words.get("tagline") or shop.tagline,
        logo_url=shop.logo.url if shop.logo else "",
        accent=shop.accent,
        look=shop.look,
        currency=shop.currency,
        state=ShopState(shop.state),
        is_demo=shop.is_demo,
        domain=shop.domain,
        sales_end_at=shop.sales_end_at,
        closed_at=shop.closed_at,
        contact_phone=shop.contact_phone,
        contact_email=shop.contact_email,
        contact_wechat=shop.contact_wechat,
    )


def domain_of(*, actor: Actor, shop_id: UUID) -> DomainView | None:
    """The domain that the shop's owner has named, with the record that proves it. Two queries. Raises: NotAllowed."""
    _require(actor, shop_id, Permission.MANAGE_DOMAIN)
    row = Domain.objects.filter(shop_id=shop_id).first()
    if row is None:
        return None
    return DomainView(
        name=row.name,
        record_name=f"{domain_names.RECORD}.{row.name}",
        record_text=f"{domain_names.PREFIX}{row.token}",
        is_proven=row.proven_at is not None,
        is_failing=row.proven_at is not None and row.missed > 0,
        checked_at=row.checked_at,
        next_check_at=row.next_check_at,
    )


def proven_domains() -> dict[str, str]:
    """The slug of each shop that has a domain of its own, by the domain; shops that are closed aside. One query."""
    shops = Shop.objects.exclude(domain="").exclude(state=ShopState.CLOSED)
    return dict(shops.values_list("domain", "slug"))


def home_of(*, shop: ShopView) -> str:
    """The address that a shop's own pages begin with, for links from elsewhere: its domain, or below ours. No query."""
    if not shop.domain:
        return f"{settings.BASE_URL}/s/{shop.slug}"
    return f"{urlsplit(settings.BASE_URL).scheme}://{shop.domain}"
