"""From the page to each provider: which ways are offered, and how the payer gets there."""

from __future__ import annotations

import pytest
from django.test import Client

from quanshi.orders.models import Order
from tests.support.alipay_peer import AlipayPeer
from tests.support.factories import make_actor, make_order, make_person, make_shop, make_variant
from tests.support.wechat_peer import WechatPeer

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


def an_order(client: Client, *, currency: str = "CNY") -> Order:
    person, shop = make_person(locale="en"), make_shop(currency=currency)
    client.force_login(person)
    return make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=make_actor(person=person))


@pytest.mark.usefixtures("db")
def test_a_desktop_shows_the_code_and_a_phone_is_led_to_wechat(wechat: WechatPeer, client: Client) -> None:
    address = f"/orders/{an_order(client).id}/pay"
    page = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert ("WeChat Pay" in page, "Scan a code with WeChat." in page) == (True, True)

    shown = client.post(address, {"gateway": "wechat_native"})
    assert (shown.status_code, b"data:image/svg+xml" in shown.content) == (200, True)
    assert client.post(address, {"gateway": "wechat_native"}, headers={"User-Agent": PHONE}).status_code == 422
    left = client.post(address, {"gateway": "wechat_h5"}, headers={"User-Agent": PHONE}).content.decode()
    assert 'content="0;url=https://wx.tenpay.com/' in left
    trade = next(trade for trade in wechat.trades.values() if trade.kind == "h5")
    assert trade.body["scene_info"]["payer_client_ip"] == "127.0.0.1"


@pytest.mark.usefixtures("db")
def test_a_payer_is_led_to_alipay_by_a_page_of_ours(alipay: AlipayPeer, client: Client) -> None:
    answer = client.post(f"/orders/{an_order(client).id}/pay", {"gateway": "alipay_page"})

    assert answer.status_code == 200  # no redirect: form-action lets no form end at another site
    assert f'content="0;url={alipay.url}/gateway.do?' in answer.content.decode()


@pytest.mark.usefixtures("db")
def test_what_cannot_take_the_orders_currency_is_not_offered(alipay: AlipayPeer, client: Client) -> None:
    page = client.get(f"/orders/{an_order(client, currency='USD').id}/pay").content.decode()

    assert ('value="alipay_page"' in page, 'value="sandbox"' in page) == (False, True)
