"""Loading the demo world: shops, goods, stock, people, and what simulated buyers have done."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, zip_longest
from typing import Final
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction

from quanshi.accounts import selectors as people
from quanshi.accounts import services as accounts
from quanshi.accounts.types import Actor, ActorKind, ConsentKind
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.catalog.errors import ProductNotFound
from quanshi.catalog.types import VariantInput
from quanshi.demo import crowd, fronts, payers, reviews
from quanshi.demo.art import logos
from quanshi.demo.art.pictures import draw
from quanshi.demo.catalogue import read_shops
from quanshi.demo.scripts import SCRIPTS, VISITOR
from quanshi.demo.types import DEMO_SIGN_INS, OWNERS, DemoProduct, DemoReport, DemoShop, DemoSignIn, DemoVariant
from quanshi.demo.types import VISITOR as VISITOR_SIGN_IN
from quanshi.kernel import clock
from quanshi.orders import selectors as order_reads
from quanshi.orders import services as orders
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock_reads
from quanshi.stock import services as stock

LOCALE: Final = "zh-hans"
SOLD_BEFORE: Final = timedelta(days=30)

OnProgress = Callable[[int, int], None]


def load_demo(*, on_progress: OnProgress | None = None) -> DemoReport:
    """Make the demo world, or what is missing of it.

    Idempotent: a second call writes nothing, and a load that was killed goes on where it stopped. Payments need the
    event handlers to be wired. Emits what the services of orders and payments emit.
    """
    worlds = read_shops()
    products = sum(len(shop.products) for shop in worlds)
    orders_told = len(SCRIPTS) if payers.can_pay() else 0
    total = products + orders_told
    visitor_id = people.person_by_email(email=VISITOR_SIGN_IN.email)
    if visitor_id is not None and _is_adopted(visitor_id):
        return DemoReport(shops=len(worlds), products=products, orders=orders_told, was_loaded=False)
    ids = {sign_in.email: _person(sign_in) for sign_in in DEMO_SIGN_INS}
    owners = {slug: Actor(kind=ActorKind.PERSON, id=ids[sign_in.email]) for slug, sign_in in OWNERS.items()}
    opened = {shop.slug: _open(shop, owner=owners[shop.slug]) for shop in worlds}
    done = 0
    variant_ids = {}
    for shop, product in _newest_last(worlds):
        view = opened[shop.slug]
        variant_ids[shop.slug, product.handle] = _save(shop, product, view=view, owner=owners[shop.slug])
        done = _tell(on_progress, done + 1, total)
    for shop in worlds:
        _fill_shelves(shop, opened[shop.slug], owners[shop.slug], variant_ids)
        fronts.dress(shop=opened[shop.slug], owner=owners[shop.slug])
    if payers.can_pay():
        world = crowd.World(
            now=clock.now(),
            shop_ids={slug: view.id for slug, view in opened.items()},
            owners=owners,
            variant_ids=variant_ids,
        )
        with payers.network(), _quiet():
            for script in sorted(SCRIPTS, key=lambda script: crowd.begins_at(script, world.now)):
                crowd.tell(script, world)
                done = _tell(on_progress, done + 1, total)
            reviews.tell(world)
        _adopt(ids[VISITOR_SIGN_IN.email])
    return DemoReport(shops=len(worlds), products=products, orders=orders_told, was_loaded=True)


def _tell(on_progress: OnProgress | None, done: int, total: int) -> int:
    if on_progress is not None:
        on_progress(done, total)
    return done


@contextmanager
def _quiet() -> Iterator[None]:
    """The provider is asked some eighty times in a row: a line for each would bury the start."""
    logger = logging.getLogger("httpx")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _person(sign_in: DemoSignIn) -> UUID:
    known = people.person_by_email(email=sign_in.email)
    if known is not None:
        return known
    with transaction.atomic():
        person_id = accounts.register(email=sign_in.email, password=sign_in.password, display_name=sign_in.display_name)
        for kind in (ConsentKind.TERMS, ConsentKind.PRIVACY):
            accounts.record_consent(person_id=person_id, kind=kind, is_given=True)
    return person_id


def _open(shop: DemoShop, *, owner: Actor) -> ShopView:
    try:
        view = shop_reads.shop_by_slug(slug=shop.slug, locale=LOCALE)
    except ShopNotFound:
        with transaction.atomic():
            view = shops.open_shop(
                actor=owner,
                slug=shop.slug,
                name=shop.name,
                currency=shop.currency,
                tagline=shop.tagline,
                accent=shop.accent,
                look=shop.look,
                translations={"en": {"name": shop.name_en, "tagline": shop.tagline_en}},
                is_demo=True,
            )
            for priority, name in enumerate(shop.locations, 1):
                stock.add_location(actor=owner, shop_id=view.id, name=name, priority=priority)
    logo = io.BytesIO()
    logos.draw(shop.look, accent=shop.accent).save(logo, "PNG")
    return shops.set_logo(actor=owner, shop_id=view.id, file=ContentFile(logo.getvalue(), name="logo.png"))


def _newest_last(worlds: tuple[DemoShop, ...]) -> Iterator[tuple[DemoShop, DemoProduct]]:
    """All goods, the sheets' first ones last and the shops in turn: lists show the newest first.

    The last thing on each shelf comes before all others, so that the shelves stand in the sheets' order.
    """
    rows = zip_longest(*([(shop, product) for product in shop.products] for shop in worlds))
    in_turn = [pair for pair in chain.from_iterable(rows) if pair is not None]
    openers = {(shop.slug, product.category): (shop, product) for shop, product in in_turn}
    yield from openers.values()
    yield from (pair for pair in reversed(in_turn) if pair not in openers.values())


def _save(shop: DemoShop, product: DemoProduct, *, view: ShopView, owner: Actor) -> tuple[UUID, ...]:
    """The product with its pictures; the ids of its variants in the sheet's order."""
    words = {option.name: option.name_en for option in product.options}
    words |= {value.name: value.name_en for option in product.options for value in option.values}

    def save(variants: list[VariantInput]) -> UUID:
        return catalog.save_product(
            actor=owner,
            shop_id=view.id,
            handle=product.handle,
            title=product.title,
            body_html=product.body_html,
            vendor=shop.vendor,
            category_path=product.category,
            option_names=[option.name for option in product.options],
            variants=variants,
            translations={"en": {"title": product.title_en, "body_html": product.body_html_en, "options": words}},
            category_translations={"en": product.category_en},
        )

    with transaction.atomic():
        if _is_new(product, view=view):
            # what is struck through now was asked for long enough: the catalogue shows nothing else
            with clock.fixed(clock.now() - SOLD_BEFORE):
                save([_input(variant, product, is_former=True) for variant in product.variants])
        product_id = save([_input(variant, product) for variant in product.variants])
        saved = catalog_reads.product_page(shop_id=view.id, handle=product.handle, locale=LOCALE)
        by_options = {variant.options: variant.id for variant in saved.variants}
        for position, picture in enumerate(product.pictures, 1):
            shown = [by_options[v.options] for v in product.variants if picture.shows and v.options[0] == picture.shows]
            catalog.add_drawn_media(
                shop_id=view.id,
                product_id=product_id,
                svg=draw(picture.picture),
                alt=picture.alt,
                position=position,
                variant_ids=shown,
            )
    return tuple(by_options[variant.options] for variant in product.variants)


def _is_new(product: DemoProduct, *, view: ShopView) -> bool:
    try:
        catalog_reads.product_page(shop_id=view.id, handle=product.handle, locale=LOCALE)
    except ProductNotFound:
        return any(variant.list_price for variant in product.variants)
    return False


def _input(variant: DemoVariant, product: DemoProduct, *, is_former: bool = False) -> VariantInput:
    former = variant.list_price or variant.price
    return VariantInput(
        price=former if is_former else variant.price,
        options=variant.options,
        sku=variant.sku,
        list_price=None if is_former else variant.list_price,
        weight_grams=product.grams,
    )


def _fill_shelves(
    shop: DemoShop, view: ShopView, owner: Actor, variant_ids: Mapping[tuple[str, str], tuple[UUID, ...]]
) -> None:
    """Opening stock at the first location, a count at the second; what lies there already is left alone."""
    wanted = {
        variant_id: variant.stock
        for product in shop.products
        for variant, variant_id in zip(product.variants, variant_ids[shop.slug, product.handle], strict=True)
    }
    _first, second = stock_reads.locations(shop_id=view.id)
    with transaction.atomic():
        stock.place_opening_stock(
            actor=owner, shop_id=view.id, quantities=[(variant_id, here) for variant_id, (here, _) in wanted.items()]
        )
        known = stock_reads.levels(shop_id=view.id, variant_ids=list(wanted))
        counted = {level.variant_id for level in known if level.location_id == second.id}
        for variant_id, (_, there) in wanted.items():
            if variant_id not in counted:
                stock.count_level(
                    actor=owner, shop_id=view.id, variant_id=variant_id, location_id=second.id, on_hand=there
                )


def _is_adopted(visitor_id: UUID) -> bool:
    visitor = Actor(kind=ActorKind.PERSON, id=visitor_id)
    return bool(order_reads.orders_of(actor=visitor, locale=LOCALE, limit=1).orders)


def _adopt(visitor_id: UUID) -> None:
    """The visitor signs in: all their guest orders become theirs at once, which also says that the load is done."""
    with transaction.atomic():
        for script in SCRIPTS:
            if script.buyer == VISITOR:
                orders.adopt_guest(guest_id=crowd.guest_of(script).id, person_id=visitor_id)
