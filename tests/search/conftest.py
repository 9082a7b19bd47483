from __future__ import annotations

from collections.abc import Callable

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Product, Variant
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel.money import Money
from quanshi.search import services
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock
from tests.support.factories import make_shop

Sell = Callable[..., Product]


def sell(shop: ShopView, title: str, *, price: int = 1000, on_hand: int = 5, **fields: object) -> Product:
    """A product of `shop`, by its title as its handle's stem; not indexed yet."""
    number = Product.objects.filter(shop_id=shop.id).count()
    handle = str(fields.pop("handle", f"goods-{number}"))
    variants = fields.pop("variants", [VariantInput(price=Money(price, shop.currency))])
    product_id = catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle=handle,
        title=title,
        variants=variants,  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )
    if on_hand:
        ids = Variant.objects.filter(product_id=product_id).values_list("id", flat=True)
        stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(each, on_hand) for each in ids])
    return Product.objects.get(id=product_id)


@pytest.fixture
def shop(db: None) -> ShopView:
    """A shop whose goods are indexed."""
    here = make_shop(slug="house", name="好房子")
    sell(
        here,
        "秋冬保暖加厚澳洲羊毛被",
        price=45900,
        category_path=("居家", "被枕"),
        vendor="网易严选",
        body_html="<p>澳洲进口羊毛填充</p>",
    )
    sell(here, "色织水洗棉夏凉被", price=29900, category_path=("居家", "夏凉"), vendor="网易严选", tags=("新品",))
    sell(here, "新疆长绒棉超柔毛巾", price=2900, category_path=("洗护",), vendor="网易严选", tags=("新品", "热卖"))
    sell(here, "全棉贡缎纯色床单", price=9900, category_path=("居家", "床品"), vendor="罗莱", on_hand=0)
    sell(here, "日式记忆绵抱枕", price=5900, category_path=("居家", "布艺"), vendor="罗莱")
    sell(here, "可水洗羽绒枕", price=9900, category_path=("居家", "被枕"), vendor="罗莱")
    sell(
        here,
        "铸铁珐琅煎锅",
        price=14900,
        category_path=("餐厨",),
        translations={"en": {"title": "Cast Iron Skillets, Enamelled"}},
    )
    sell(here, "毛巾草稿", status=ProductStatus.DRAFT)
    services.index_changed()
    return here
