"""Missing pictures come later by themselves, or by a person's wish."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import PictureNotMissing, PictureUnreachable
from quanshi.catalog.gateways import WebPictures
from quanshi.catalog.models import Media
from quanshi.catalog.rules.retries import WAITS
from quanshi.catalog.types import MediaState
from quanshi.kernel import clock
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView, StaffAction
from tests.support.factories import make_actor, make_shop
from tests.support.product_lists import product_list, run_import, simple
from tests.support.record import deeds_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)


class Host:
    """A picture's host that is away until it comes back."""

    def __init__(self) -> None:
        self.is_away = True
        self.asked: list[str] = []

    def read(self, source: str) -> bytes:
        self.asked.append(source)
        if self.is_away:
            raise PictureUnreachable("the host did not answer in time", is_network=True)
        out = io.BytesIO()
        Image.new("RGB", (64, 48), "#c33").save(out, "PNG")
        return out.getvalue()


def imported(host: Host | WebPictures, source: str = "https://pictures.example/a.png") -> ShopView:
    shop = make_shop()
    run_import(shop, product_list(simple("cup", Image_Src=source)), web_pictures=host)
    return shop


def test_a_silent_host_is_asked_again_later_and_later_and_then_given_up() -> None:
    host, now, waits = Host(), NOW, []
    with clock.fixed(now):
        imported(host)
    for _ in WAITS:
        due = Media.objects.get().next_try_at
        assert due is not None
        waits.append(due - now)
        assert services.retry_pictures(now=due - timedelta(seconds=1), web_pictures=host) == 0
        now = due
        with clock.fixed(now):
            assert services.retry_pictures(now=now, web_pictures=host) == 1
    assert waits == list(WAITS)
    media = Media.objects.get()
    assert (media.next_try_at, media.state, len(host.asked)) == (None, MediaState.UNREACHABLE, 1 + len(WAITS))


def test_a_host_that_comes_back_gives_its_picture() -> None:
    host = Host()
    with clock.fixed(NOW):
        shop = imported(host)
    host.is_away = False
    assert services.retry_pictures(now=NOW + timedelta(minutes=6), web_pictures=host) == 1
    media = Media.objects.get()
    assert (media.state, media.next_try_at, media.fault, media.width) == (MediaState.READY, None, "", 64)
    assert selectors.missing_pictures(shop_id=shop.id).rows == ()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/a.png", "http://169.254.169.254/a.png"])
def test_private_addresses_stay_refused_and_are_not_tried_again(address: str) -> None:
    shop = imported(WebPictures(), address)
    (missing,) = selectors.missing_pictures(shop_id=shop.id).rows
    assert (missing.next_try_at, missing.fault) == (None, "the host's address is not a public one")
    manager = make_actor()
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=manager.id, role=Role.GOODS)
    services.retry_picture(actor=manager, shop_id=shop.id, media_id=missing.id)
    assert deeds_of(manager) == [StaffAction.GOODS_PICTURE_RETRIED]
    assert services.retry_pictures(now=clock.now()) == 1
    assert Media.objects.get().next_try_at is None


def test_only_a_member_has_a_picture_of_the_shop_tried_again() -> None:
    host = Host()
    shop, other = imported(host), make_shop()
    media = Media.objects.get()
    with pytest.raises(NotAllowed):
        services.retry_picture(actor=make_actor(), shop_id=shop.id, media_id=media.id)
    with pytest.raises(PictureNotMissing):
        services.retry_picture(actor=SYSTEM, shop_id=other.id, media_id=media.id)
    assert Media.objects.get().next_try_at == media.next_try_at


def test_an_import_again_does_not_push_a_waiting_picture_back() -> None:
    host = Host()
    with clock.fixed(NOW):
        shop = imported(host)
    before = Media.objects.get().next_try_at
    with clock.fixed(NOW + timedelta(minutes=3)):
        run_import(shop, product_list(simple("cup", Image_Src="https://pictures.example/a.png")), web_pictures=host)
    assert Media.objects.get().next_try_at == before
