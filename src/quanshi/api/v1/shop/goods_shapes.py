"""Goods as the API takes and gives them: products with their variants, facts and words in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from quanshi.api.v1.shapes import In, MoneyIn, MoneyOut
from quanshi.catalog.types import (
    EditableProduct,
    GoodsRow,
    ListPrice,
    MediaView,
    ProductStatus,
    Schedule,
    UnitPrice,
    VariantInput,
    VariantView,
)

Status = Literal["active", "draft", "archived"]
Verdict = Literal["none", "shown", "not_above", "no_history", "too_high"]
Units = Annotated[int, Field(ge=0, le=9_999_999, strict=True)]


Contents = Annotated[
    str | None,
    Field(
        max_length=24,
        description="how much it holds, which makes the price of 100 g, 100 ml or one piece; empty: it says nothing."
        " Left out: as it is",
        examples=["500 g"],
    ),
]
PersonLimit = Annotated[
    Annotated[int, Field(ge=1, le=999, strict=True)] | None,
    Field(description="units one person may order; null: any number. Left out: as it is"),
]


class AttributeShape(In):
    """One fact about the goods: Material, linen."""

    name: str = Field(min_length=1, max_length=80)
    value: str = Field(min_length=1, max_length=500)


class ScheduleShape(In):
    """When it goes on sale, or is taken down, by itself; null: never."""

    publish_at: AwareDatetime | None = None
    withdraw_at: AwareDatetime | None = None


def schedule_of(schedule: Schedule) -> ScheduleShape:
    return ScheduleShape(publish_at=schedule.publish_at, withdraw_at=schedule.withdraw_at)


class WordsIn(In):
    """A product in another language. What is left out is said as in the shop's own words."""

    title: str = Field(default="", max_length=255)
    body_html: str = Field(default="", max_length=200_000)
    options: dict[str, str] = Field(
        default_factory=dict, max_length=500, description="names and values of options, by the shop's own words"
    )


Translations = Annotated[
    dict[str, WordsIn] | None,
    Field(
        max_length=20,
        description="by language, in place of all that there are. Left out: as it is",
        examples=[{"en": {"title": "Longjing, first flush", "options": {"等级": "Grade"}}}],
    ),
]
Attributes = Annotated[
    list[AttributeShape] | None, Field(max_length=60, description="each name once. Left out: as it is")
]
SeoTitle = Annotated[
    str | None, Field(max_length=255, description="for search engines; empty: the title. Left out: as it is")
]
SeoDescription = Annotated[
    str | None, Field(max_length=500, description="for search engines; empty: how it begins. Left out: as it is")
]
FreightTemplateId = Annotated[
    UUID | None,
    Field(description="the freight template it goes by; null: the shop's default. Left out: as it is"),
]
TimeTable = Annotated[ScheduleShape | None, Field(description="left out: as it is")]


def facts_of(body: ProductIn | ProductChangesIn) -> dict[str, Any]:
    """What `change_goods` takes of the facts that the body names."""
    facts: dict[str, Any] = {"seo_title": body.seo_title, "seo_description": body.seo_description}
    if body.attributes is not None:
        facts["attributes"] = [(each.name, each.value) for each in body.attributes]
    if body.schedule is not None:
        facts["schedule"] = Schedule(**body.schedule.model_dump())
    if body.translations is not None:
        facts["translations"] = {
            locale: words.model_dump(exclude_defaults=True) for locale, words in body.translations.items()
        }
    return {name: fact for name, fact in facts.items() if fact is not None}


class VariantIn(In):
    price: MoneyIn
    options: list[str] = Field(
        default_factory=list, max_length=3, description="a value for each of option_names", examples=[["red", "S"]]
    )
    sku: str = Field(default="", max_length=120)
    list_price: MoneyIn | None = Field(default=None, description="what it used to cost; above the price")
    barcode: str = Field(default="", max_length=64)
    weight_grams: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] = 0
    contents: Contents = None
    person_limit: PersonLimit = None

    def to_input(self) -> VariantInput:
        return VariantInput(
            price=self.price.money(),
            options=tuple(self.options),
            sku=self.sku,
            list_price=None if self.list_price is None else self.list_price.money(),
            barcode=self.barcode,
            weight_grams=self.weight_grams,
        )


class NewVariantIn(VariantIn):
    quantity: Units = Field(default=0, description="units that lie in the shop's first location to begin with")


class ProductIn(In):
    """A product as a whole: what is left out becomes empty, unless it says that it stays as it is."""

    title: str = Field(max_length=255, examples=["Longjing, first flush"])
    body_html: str = Field(default="", max_length=200_000, description="cleaned of everything that could run")
    vendor: str = Field(default="", max_length=120)
    tags: list[str] = Field(default_factory=list, max_length=100)
    category_path: list[str] = Field(default_factory=list, max_length=6, examples=[["Tea", "Green"]])
    status: Status = "active"
    attributes: Attributes = None
    seo_title: SeoTitle = None
    seo_description: SeoDescription = None
    schedule: TimeTable = None
    translations: Translations = None
    freight_template_id: FreightTemplateId = None
    option_names: list[str] = Field(default_factory=list, max_length=3, examples=[["Colour", "Size"]])
    variants: list[VariantIn] = Field(min_length=1, max_length=2000)

    def fields(self) -> dict[str, Any]:
        named = {"title", "body_html", "vendor", "tags", "category_path", "option_names"}
        return {
            **self.model_dump(include=named),
            "status": ProductStatus(self.status),
            "variants": [variant.to_input() for variant in self.variants],
        }


class NewProductIn(ProductIn):
    handle: str | None = Field(
        default=None, max_length=255, description="its address within the shop; made from the title when left out"
    )
    variants: list[NewVariantIn] = Field(min_length=1, max_length=2000)  # type: ignore[assignment] # each is one


class VariantChangesIn(In):
    variant_id: UUID
    price: MoneyIn | None = None
    list_price: MoneyIn | None = Field(
        default=None, description="what it used to cost; null: nothing is said. Left out: as it is"
    )
    contents: Contents = None
    person_limit: PersonLimit = None


class ProductChangesIn(In):
    """What is left out stays as it is."""

    title: str | None = Field(default=None, max_length=255)
    body_html: str | None = Field(default=None, max_length=200_000)
    status: Status | None = None
    handle: str | None = Field(
        default=None, min_length=1, max_length=255, description="its address; the old one leads to it"
    )
    tags: list[str] | None = Field(default=None, max_length=100)
    category_path: list[str] | None = Field(default=None, max_length=6, description="empty: on no shelf")
    attributes: Attributes = None
    seo_title: SeoTitle = None
    seo_description: SeoDescription = None
    schedule: TimeTable = None
    translations: Translations = None
    freight_template_id: FreightTemplateId = None
    variants: list[VariantChangesIn] = Field(default_factory=list, max_length=2000)


class PictureOut(BaseModel):
    picture_id: UUID
    alt: str
    url: str
    width: int
    height: int

    @classmethod
    def of(cls, media: MediaView) -> PictureOut:
        return cls(picture_id=media.id, alt=media.alt, url=media.src, width=media.width, height=media.height)


class UnitPriceOut(BaseModel):
    """`price` for `per` of `unit`: 3.98 yuan for 100 g."""

    price: MoneyOut
    per: int
    unit: Literal["g", "ml", "piece"]

    @classmethod
    def of(cls, unit: UnitPrice) -> UnitPriceOut:
        return cls(price=MoneyOut.of(unit.price), per=unit.per, unit=unit.unit.value)


class ListedVariantOut(BaseModel):
    variant_id: UUID
    options: list[str]
    sku: str
    price: MoneyOut
    list_price: MoneyOut | None = Field(description="what the shop says that it used to cost")
    list_price_verdict: Verdict = Field(description="whether buyers are shown it, or why not")
    weight_grams: int
    contents: str = Field(description="how much it holds; empty: it says nothing", examples=["500 g"])
    unit_price: UnitPriceOut | None = Field(description="what is made of price and contents; none where it is the same")
    person_limit: int | None

    @classmethod
    def fields(cls, variant: VariantView, former: ListPrice) -> dict[str, Any]:
        return {
            "variant_id": variant.id,
            "options": list(variant.options),
            "sku": variant.sku,
            "price": MoneyOut.of(variant.price),
            "list_price": None if former.said is None else MoneyOut.of(former.said),
            "list_price_verdict": former.verdict.value,
            "weight_grams": variant.weight_grams,
            "contents": "" if variant.measure is None else str(variant.measure),
            "unit_price": None if variant.unit_price is None else UnitPriceOut.of(variant.unit_price),
            "person_limit": variant.person_limit,
        }


class GoodsVariantOut(ListedVariantOut):
    barcode: str


class WordsOut(BaseModel):
    """A product in another language; empty where it is said as in the shop's own words."""

    title: str
    body_html: str
    options: dict[str, str]

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> WordsOut:
        return cls(title=words.get("title", ""), body_html=words.get("body_html", ""), options=words.get("options", {}))


class GoodsOut(BaseModel):
    """A product as those see it who work in the shop. Stock is read apart."""

    product_id: UUID
    handle: str
    title: str
    body_html: str
    vendor: str
    tags: list[str]
    category_path: list[str]
    status: Status
    option_names: list[str]
    variants: list[GoodsVariantOut]
    pictures: list[PictureOut]
    attributes: list[AttributeShape]
    seo_title: str
    seo_description: str
    schedule: ScheduleShape
    translations: dict[str, WordsOut]
    freight_template_id: UUID | None = Field(description="null: the shop's default")
    updated_at: datetime

    @classmethod
    def of(cls, product: EditableProduct, *, freight_template_id: UUID | None) -> GoodsOut:
        return cls(
            product_id=product.id,
            handle=product.handle,
            title=product.title,
            body_html=product.body_html,
            vendor=product.vendor,
            tags=list(product.tags),
            category_path=list(product.category_path),
            status=product.status.value,
            option_names=list(product.option_names),
            variants=[
                GoodsVariantOut(**GoodsVariantOut.fields(variant, former), barcode=product.barcodes[variant.id])
                # those of withdrawn variants stand behind
                for variant, former in zip(product.variants, product.list_prices, strict=False)
            ],
            pictures=[PictureOut.of(media) for media in product.media],
            attributes=[AttributeShape(name=name, value=value) for name, value in product.attributes],
            seo_title=product.seo_title,
            seo_description=product.seo_description,
            schedule=schedule_of(product.schedule),
            translations={locale: WordsOut.of(words) for locale, words in product.translations.items()},
            freight_template_id=freight_template_id,
            updated_at=product.updated_at,
        )


class ListedGoodsOut(BaseModel):
    product_id: UUID
    handle: str
    title: str
    status: Status
    tags: list[str]
    category_path: list[str]
    schedule: ScheduleShape
    variants: list[ListedVariantOut] = Field(description="withdrawn ones last")
    updated_at: datetime

    @classmethod
    def of(cls, row: GoodsRow) -> ListedGoodsOut:
        return cls(
            product_id=row.id,
            handle=row.handle,
            title=row.title,
            status=row.status.value,
            tags=list(row.tags),
            category_path=[] if row.category is None else list(row.category.path),
            schedule=schedule_of(row.schedule),
            variants=[
                ListedVariantOut(**ListedVariantOut.fields(variant, former))
                for variant, former in zip(row.variants, row.list_prices, strict=True)
            ],
            updated_at=row.updated_at,
        )
