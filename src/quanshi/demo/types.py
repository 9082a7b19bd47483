from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quanshi.demo.art.pictures import Picture
from quanshi.kernel.money import Money


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Someone who exists in the demo world only."""

    email: str
    password: str
    display_name: str
    what_for: str

    def __str__(self) -> str:
        return f"{self.email:26} {self.password:22} {self.what_for} (demo account)"


VISITOR: Final = DemoSignIn("visitor@example.com", "quanshi-visitor-demo", "演示顾客", "shop, order, after-sale")
OWNERS: Final = {
    "xiuxi": DemoSignIn("tea@example.com", "quanshi-tea-demo", "岫溪店主", "owner of the tea shop"),
    "nuanpo": DemoSignIn("farm@example.com", "quanshi-farm-demo", "暖坡店主", "owner of the farm shop"),
    "tarnlea": DemoSignIn("studio@example.com", "quanshi-studio-demo", "塔恩里店主", "owner of the design studio"),
}
DEMO_SIGN_INS: Final[tuple[DemoSignIn, ...]] = (VISITOR, *OWNERS.values())


@dataclass(frozen=True, slots=True)
class DemoValue:
    """One value of an option: what it adds to the price, and its colour when it has one."""

    name: str
    name_en: str
    adds: Money
    colour: str


@dataclass(frozen=True, slots=True)
class DemoOption:
    name: str
    name_en: str
    values: tuple[DemoValue, ...]


@dataclass(frozen=True, slots=True)
class DemoPicture:
    """A picture, its words, and the value of the first option that it shows, if it shows one."""

    picture: Picture
    alt: str
    shows: str


@dataclass(frozen=True, slots=True)
class DemoVariant:
    options: tuple[str, ...]
    price: Money
    list_price: Money | None
    sku: str
    stock: tuple[int, int]  # at the shop's two locations


@dataclass(frozen=True, slots=True)
class DemoProduct:
    handle: str
    title: str
    title_en: str
    body_html: str
    body_html_en: str
    category: tuple[str, ...]
    category_en: tuple[str, ...]
    options: tuple[DemoOption, ...]
    variants: tuple[DemoVariant, ...]
    pictures: tuple[DemoPicture, ...]
    grams: int


@dataclass(frozen=True, slots=True)
class DemoShop:
    slug: str
    look: str
    name: str
    name_en: str
    tagline: str
    tagline_en: str
    accent: str
    currency: str
    locations: tuple[str, str]
    vendor: str
    products: tuple[DemoProduct, ...]


class Step(StrEnum):
    """What somebody does with a demo order, in the words of a script."""

    PAY = "pay"
    DECLINE = "decline"  # the payer's bank says no
    CANCEL = "cancel"
    RUN_OUT = "run out"  # nobody pays in time
    SHIP_ONE = "ship one"
    SHIP = "ship"
    RECEIVE = "receive"
    CLOSE = "close"
    ASK_REFUND = "ask refund"
    ASK_PART = "ask part"
    ASK_RETURN = "ask return"
    APPROVE = "approve"
    REFUSE = "refuse"
    SEND_BACK = "send back"
    TAKE_BACK = "take back"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the load found or made."""

    shops: int
    products: int
    orders: int
    was_loaded: bool  # False when it was all there already
