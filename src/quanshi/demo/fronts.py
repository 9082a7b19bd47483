"""Dresses the demo shops from goods/fronts.toml: what their pages say, what delivery costs, where goods are fetched."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.types import Measure, Zone
from quanshi.kernel.money import parse_money
from quanshi.shops.types import ShopView
from quanshi.storefront import selectors as storefront_reads
from quanshi.storefront import services as storefront
from quanshi.storefront.types import PolicyKind, SectionChange, SectionKind, Words

ENGLISH = "en"


def read_fronts() -> Mapping[str, Any]:
    """What goods/fronts.toml says, by shop."""
    return tomllib.loads(resources.files("quanshi.demo.goods").joinpath("fronts.toml").read_text("utf-8"))


def dress(*, shop: ShopView, owner: Actor) -> None:
    """Give a shop whose goods are there its page, policies, freight and pick-up. Idempotent: all of it, or nothing."""
    if storefront_reads.home_sections(shop_id=shop.id, locale=""):
        return
    front = read_fronts()[shop.slug]
    handles = [handle for part in (*front["section"], *front["freight"]) for handle in part.get("goods", ())]
    product_ids = catalog.ids_of_handles(shop_id=shop.id, handles=handles)
    with transaction.atomic():
        for sheet in front["freight"]:
            _save_freight(sheet, shop=shop, owner=owner, product_ids=product_ids)
        fulfilment.save_pickup_point(actor=owner, shop_id=shop.id, **front["pickup"])
        for policy in front["policy"]:
            texts = {"": policy["text"], ENGLISH: policy["text_en"]}
            storefront.save_policy(actor=owner, shop_id=shop.id, kind=PolicyKind(policy["kind"]), texts=texts)
        for section in front["section"]:
            _add_section(section, shop=shop, owner=owner, product_ids=product_ids)
        storefront.publish_page(actor=owner, shop_id=shop.id)


def _save_freight(sheet: Mapping[str, Any], *, shop: ShopView, owner: Actor, product_ids: Mapping[str, UUID]) -> None:
    template = fulfilment.save_template(
        actor=owner,
        shop_id=shop.id,
        name=sheet["name"],
        measure=Measure(sheet["measure"]),
        zones=[_zone(zone, shop.currency) for zone in sheet["zones"]],
        refused=sheet.get("refused", ()),
    )
    for handle in sheet.get("goods", ()):
        fulfilment.set_product_template(
            actor=owner, shop_id=shop.id, product_id=product_ids[handle], template_id=template.id
        )


def _zone(zone: Mapping[str, Any], currency: str) -> Zone:
    return Zone(
        regions=tuple(zone.get("regions", ())),
        first_units=zone.get("first_units", 1),
        first_minor=parse_money(zone["first"], currency).minor,
        next_units=zone.get("next_units", 1),
        next_minor=parse_money(zone["next"], currency).minor if "next" in zone else 0,
        free_from_minor=parse_money(zone["free_from"], currency).minor if "free_from" in zone else None,
    )


def _add_section(section: Mapping[str, Any], *, shop: ShopView, owner: Actor, product_ids: Mapping[str, UUID]) -> None:
    shelves = {shelf.path: shelf.id for shelf in catalog.categories(shop_id=shop.id, locale="")}
    section_id = storefront.add_section(actor=owner, shop_id=shop.id, kind=SectionKind(section["kind"]))
    storefront.change_section(
        actor=owner,
        shop_id=shop.id,
        section_id=section_id,
        change=SectionChange(
            words={
                "": Words(title=section["title"], body=section.get("body", "")),
                ENGLISH: Words(title=section["title_en"], body=section.get("body_en", "")),
            },
            category_id=shelves[tuple(section["shelf"])] if "shelf" in section else None,
            product_ids=tuple(product_ids[handle] for handle in section.get("goods", ())),
        ),
    )
