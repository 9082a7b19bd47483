"""Finding goods: of the whole market, or of one shop."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.search import selectors, services
from quanshi.search.types import Choice, Filters, Found, PriceBand, SearchPage, Sort
from quanshi.shops import selectors as shops

router = Router(tags=["search"])

MOST_A_PAGE = 60
Words = Annotated[str, Field(max_length=200)]
Slug = Annotated[str, Field(max_length=120)]
Price = Annotated[int, Field(ge=0, le=10**12)]


class SearchIn(In):
    """Words, and what the answer is narrowed to."""

    q: Words = Field(default="", description="Chinese, English, pinyin or its initials; without words: all goods")
    shop: Slug = Field(default="", description="one shop's slug; while it is paused, words find nothing of it")
    category: Slug = Field(default="", description="a shelf's slug; with a shop")
    vendor: Slug = ""
    tag: Slug = ""
    in_stock: bool = False
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = Field(default="", description="of the price limits")
    from_minor: Price | None = None
    below_minor: Price | None = None
    sort: Sort = Sort.RELEVANCE
    page: Annotated[int, Field(ge=1, le=1000)] = 1
    limit: Annotated[int, Field(ge=1, le=MOST_A_PAGE)] = 24
    literal: bool = Field(default=False, description="do not mend slips")


class SuggestIn(In):
    q: Words
    shop: Slug = ""


class FoundGoodsOut(BaseModel):
    product_id: UUID
    shop_id: UUID
    shop_slug: str
    handle: str
    title: str
    price_from: MoneyOut
    in_stock: bool

    @classmethod
    def of(cls, found: Found) -> FoundGoodsOut:
        card = found.card
        return cls(
            product_id=card.id,
            shop_id=card.shop_id,
            shop_slug=card.shop_slug,
            handle=card.handle,
            title=card.title,
            price_from=MoneyOut.of(card.price_from),
            in_stock=found.is_available,
        )


class ChoiceOut(BaseModel):
    """A value of the filter, and how many goods it leaves."""

    value: str
    name: str
    count: int

    @classmethod
    def of(cls, choice: Choice) -> ChoiceOut:
        return cls(value=choice.value, name=choice.name, count=choice.count)


class BandOut(BaseModel):
    from_price: MoneyOut
    below: MoneyOut | None
    count: int

    @classmethod
    def of(cls, band: PriceBand) -> BandOut:
        return cls(
            from_price=MoneyOut.of(band.start),
            below=None if band.end is None else MoneyOut.of(band.end),
            count=band.count,
        )


class SearchOut(BaseModel):
    """One page. Where `is_at_least` is true there are more goods than were counted, and every count is a least one."""

    query: str
    corrected: str = Field(description="what was looked for instead, where nothing is written as asked")
    is_partly: bool = Field(description="nothing has all the words; these goods have some")
    missing: list[str] = Field(description="words that nothing has")
    goods: list[FoundGoodsOut]
    total: int
    is_at_least: bool
    page: int
    pages: int
    in_stock: int
    categories: list[ChoiceOut]
    shops: list[ChoiceOut]
    vendors: list[ChoiceOut]
    tags: list[ChoiceOut]
    prices: list[BandOut]

    @classmethod
    def of(cls, page: SearchPage) -> SearchOut:
        return cls(
            query=page.query,
            corrected=page.corrected,
            is_partly=page.is_partly,
            missing=list(page.missing),
            goods=[FoundGoodsOut.of(found) for found in page.found],
            total=page.total,
            is_at_least=page.is_more_than_counted,
            page=page.number,
            pages=page.pages,
            in_stock=page.in_stock,
            categories=[ChoiceOut(value=shelf.slug, name=shelf.name, count=count) for shelf, count in page.categories],
            shops=[ChoiceOut.of(choice) for choice in page.shops],
            vendors=[ChoiceOut.of(choice) for choice in page.vendors],
            tags=[ChoiceOut.of(choice) for choice in page.tags],
            prices=[BandOut.of(band) for band in page.bands],
        )


class SuggestedCategoryOut(BaseModel):
    shop_slug: str
    slug: str
    name: str


class SuggestionsOut(BaseModel):
    """Words of the goods themselves, shelves and goods; nothing is made up."""

    queries: list[str]
    categories: list[SuggestedCategoryOut]
    products: list[FoundGoodsOut]


@router.get("search", response=SearchOut, operation_id="searchGoods", auth=Door(Door.ANY))
@open_to(EVERYONE)
def search(request: HttpRequest, asked: Query[SearchIn]) -> SearchOut:
    """Goods on sale for words in Chinese, English or pinyin, with what the answer can be narrowed by."""
    services.count_search(client=visitor_of(request).client)
    page = selectors.find(
        query=asked.q,
        locale=get_language(),
        shop_id=_shop_id(asked.shop),
        filters=Filters(
            category=asked.category,
            vendor=asked.vendor,
            tag=asked.tag,
            in_stock=asked.in_stock,
            currency=asked.currency,
            from_minor=asked.from_minor,
            below_minor=asked.below_minor,
        ),
        sort=asked.sort,
        page=asked.page,
        limit=asked.limit,
        is_literal=asked.literal,
    )
    return SearchOut.of(page)


@router.get("suggestions", response=SuggestionsOut, operation_id="suggestGoods", auth=Door(Door.ANY))
@open_to(EVERYONE)
def suggest(request: HttpRequest, asked: Query[SuggestIn]) -> SuggestionsOut:
    """What a few typed letters may become."""
    services.count_suggestion(client=visitor_of(request).client)
    found = selectors.suggest(query=asked.q, locale=get_language(), shop_id=_shop_id(asked.shop))
    return SuggestionsOut(
        queries=list(found.queries),
        categories=[
            SuggestedCategoryOut(shop_slug=shelf.shop_slug, slug=shelf.slug, name=shelf.name)
            for shelf in found.categories
        ],
        products=[FoundGoodsOut.of(one) for one in found.products],
    )


def _shop_id(slug: str) -> UUID | None:
    return shops.shop_by_slug(slug=slug, locale="").id if slug else None
