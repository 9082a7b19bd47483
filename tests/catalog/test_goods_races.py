from __future__ import annotations

import threading
import time
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.catalog.models import Product, Variant
from quanshi.catalog.types import VariantInput
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from tests.support.database import run_together
from tests.support.factories import make_shop


def save(shop: ShopView, *, title: str) -> UUID:
    prices = {"红": 500, "蓝": 700}
    return services.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle="shirt",
        title=title,
        option_names=("颜色",),
        variants=[VariantInput(price=Money(minor, "CNY"), options=(colour,)) for colour, minor in prices.items()],
    )


def test_a_price_changed_while_the_product_is_written_is_in_its_range(committed_db: None) -> None:
    shop = make_shop()
    product_id = save(shop, title="衬衫")
    red = Variant.objects.get(product_id=product_id, options=["红"])
    has_changed = threading.Event()

    def change_by_hand() -> None:
        with transaction.atomic():
            services.change_goods(
                actor=SYSTEM, shop_id=shop.id, product_id=product_id, prices={red.id: Money(300, "CNY")}
            )
            has_changed.set()
            time.sleep(0.3)  # the other writer comes to the product meanwhile

    def write_again() -> None:
        has_changed.wait(timeout=30)
        save(shop, title="新衬衫")

    assert run_together(change_by_hand, write_again) == [None, None]
    prices = Variant.objects.filter(product_id=product_id).values_list("price_minor", flat=True)
    product = Product.objects.get(id=product_id)
    assert product.title == "新衬衫"
    assert (product.price_from_minor, product.price_to_minor) == (min(prices), max(prices))
