"""Inside WeChat: who pays is found out by WeChat itself, and only for the session that asked."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from quanshi.accounts.models import Person
from quanshi.kernel import clock
from quanshi.orders.models import Order
from quanshi.payments import selectors, services
from quanshi.payments.errors import GatewayNotFound, GatewayUnreachable, PayerNotKnown
from quanshi.payments.models import Attempt
from tests.payments.test_pay_page import an_order
from tests.payments.test_wechat import signed_by_us
from tests.support.peer import Trouble
from tests.support.wechat_identity import OPENID, SECRET
from tests.support.wechat_peer import WechatPeer
from tests.support.wechat_records import APPID

AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
)
CODE = "0123456789abcdef"


@pytest.fixture
def phone() -> Client:
    """WeChat's browser, which reaches us by our own name."""
    host = urlsplit(settings.BASE_URL).netloc
    return Client(headers={"User-Agent": AGENT, "Accept-Language": "en", "Host": host})


@pytest.fixture
def order(db: None, phone: Client) -> Order:
    return an_order(phone)


def pay_path(order: Order) -> str:
    return f"/orders/{order.id}/pay"


def address_in(page: str) -> str:
    """Where the page leads by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found is not None, page
    return html.unescape(found[1])


def back_from_wechat(phone: Client, order: Order) -> str:
    """Open the payment, let WeChat recognise the payer; the address that WeChat brings them back to."""
    address = address_in(phone.get(pay_path(order)).content.decode())
    answer = httpx.get(address.removesuffix("#wechat_redirect"))
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def local(address: str) -> str:
    assert address.startswith(f"{settings.BASE_URL}/")
    return address.removeprefix(settings.BASE_URL)


def test_from_the_order_to_wechats_sheet(wechat: WechatPeer, phone: Client, order: Order) -> None:
    back = back_from_wechat(phone, order)
    answer = phone.get(local(back))
    assert (answer.status_code, answer["Location"]) == (302, pay_path(order))
    page = phone.get(pay_path(order)).content.decode()
    assert ('value="wechat_jsapi"' in page, "Pay right here in WeChat." in page) == (True, True)

    shown = phone.post(pay_path(order), {"gateway": "wechat_jsapi"}).content.decode()
    given = {name: html.unescape(value) for name, value in re.findall(r'data-pay-(\w+)="([^"]*)"', shown)}
    attempt = Attempt.objects.get()
    assert given["package"] == f"prepay_id=wx{attempt.id.hex}"
    signed_by_us([given[name] for name in ("appId", "timeStamp", "nonceStr", "package")], given["paySign"])
    assert (given["appId"], given["signType"]) == (APPID, "RSA")
    assert wechat.trades[attempt.id.hex].body["payer"] == {"openid": OPENID}
    assert (
        "shop/pay_wechat.js" in shown,
        "scripts are switched off" in shown,
        f'href="/orders/{order.id}"' in shown,
    ) == (True,) * 3
    assert wechat.refused == wechat.identity.refused == []


def test_who_is_known_is_not_asked_again(wechat: WechatPeer, phone: Client, order: Order) -> None:
    phone.get(local(back_from_wechat(phone, order)))
    wechat.calls.clear()

    assert phone.get(pay_path(order)).status_code == 200
    assert wechat.calls == []


def test_nothing_of_it_holds_for_another_appid(
    wechat: WechatPeer, phone: Client, order: Order, settings: Settings
) -> None:
    phone.get(local(back_from_wechat(phone, order)))
    settings.PAYMENT_ACCOUNTS = {"wechat": {**wechat.account, "appid": "wx9999999999999999"}}

    assert "appid=wx9999999999999999" in address_in(phone.get(pay_path(order)).content.decode())


# forged, replayed, late, somebody else's


def changed(back: str, **changes: str) -> str:
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | changes
    return f"/wechat/payer?{httpx.QueryParams(query)}"


@pytest.mark.parametrize("place", [0, 31, 35, 41, 103])
def test_a_changed_state_is_refused(wechat: WechatPeer, phone: Client, order: Order, place: int) -> None:
    back = back_from_wechat(phone, order)
    state = parse_qs(urlsplit(back).query)["state"][0]
    other = "0" if state[place] != "0" else "1"
    calls = len(wechat.calls)

    answer = phone.get(changed(back, state=f"{state[:place]}{other}{state[place + 1 :]}"))
    assert answer.status_code == 403
    assert len(wechat.calls) == calls  # a forged address makes nobody call out
    assert "wechat_payer" not in phone.session


@pytest.mark.parametrize("state", ["", "x", "é" * 104, "0" * 104])
def test_a_made_up_state_is_refused(wechat: WechatPeer, phone: Client, order: Order, state: str) -> None:
    assert phone.get(changed(back_from_wechat(phone, order), state=state)).status_code == 403
    assert "wechat_payer" not in phone.session


def test_a_state_of_somebody_elses_session_is_refused(wechat: WechatPeer, phone: Client, order: Order) -> None:
    """Else whoever sends a link could have others pay as them, and see what they pay."""
    back = local(back_from_wechat(phone, order))
    victim = Client(headers={"User-Agent": AGENT, "Host": urlsplit(settings.BASE_URL).netloc})
    back_from_wechat(victim, an_order(victim))

    assert victim.get(back).status_code == 403
    assert "wechat_payer" not in victim.session


def test_a_state_counts_once_and_not_for_long(wechat: WechatPeer, phone: Client, order: Order) -> None:
    back = local(back_from_wechat(phone, order))
    assert [phone.get(back).status_code for _ in range(2)] == [302, 403]

    phone.get("/me")
    session = phone.session
    del session["wechat_payer"]
    session.save()
    back = local(back_from_wechat(phone, order))
    with clock.fixed(clock.now() + timedelta(seconds=601)):
        assert phone.get(back).status_code == 403


def test_a_code_that_was_used_before_tells_nothing(wechat: WechatPeer, phone: Client, order: Order) -> None:
    back = back_from_wechat(phone, order)
    wechat.identity.codes = dict.fromkeys(wechat.identity.codes, True)

    answer = phone.get(local(back))
    assert answer["Location"] == f"{pay_path(order)}?unknown=1"
    page = phone.get(answer["Location"]).content.decode()
    assert ("WeChat has not told us who you are" in page, 'value="wechat_jsapi"' in page) == (True, False)
    assert phone.post(pay_path(order), {"gateway": "wechat_jsapi"}).status_code == 422
    assert not Attempt.objects.exists()


def test_who_comes_back_without_a_code_stays_unknown(wechat: WechatPeer, phone: Client, order: Order) -> None:
    calls = len(wechat.calls)
    back = changed(back_from_wechat(phone, order), code="")
    assert phone.get(back)["Location"].endswith("?unknown=1")
    assert len(wechat.calls) == calls + 1  # the payer's own way there, and no question of ours


def test_nobody_is_led_anywhere_but_to_wechat_and_back(wechat: WechatPeer, phone: Client, order: Order) -> None:
    address = address_in(phone.get(f"{pay_path(order)}?next=https://evil.example/").content.decode())
    query = parse_qs(urlsplit(address).query)

    assert address.startswith(f"{wechat.url}/connect/oauth2/authorize?")
    assert query["redirect_uri"] == [f"{settings.BASE_URL}/wechat/payer"]
    answer = phone.get(local(back_from_wechat(phone, order)) + "&next=https://evil.example/")
    assert answer["Location"] == pay_path(order)


def test_a_stranger_to_the_order_is_not_led_anywhere(wechat: WechatPeer, phone: Client, order: Order) -> None:
    host = urlsplit(settings.BASE_URL).netloc
    assert Client(headers={"User-Agent": AGENT, "Host": host}).get(pay_path(order)).status_code == 404
    assert wechat.calls == []


# where it does not work


def test_who_knows_us_by_another_name_is_not_led_round_in_circles(wechat: WechatPeer, order: Order) -> None:
    """WeChat would bring them back by our own name, where they have no session."""
    other = Client(headers={"User-Agent": AGENT, "Accept-Language": "en"})
    other.force_login(Person.objects.get(id=order.buyer_id))

    page = other.get(pay_path(order))
    assert (page.status_code, "refresh" in page.content.decode()) == (200, False)


def test_without_the_secret_the_page_says_what_to_do(
    wechat: WechatPeer, phone: Client, order: Order, settings: Settings
) -> None:
    settings.PAYMENT_ACCOUNTS = {"wechat": {**wechat.account, "app_secret": ""}}
    page = phone.get(pay_path(order)).content.decode()
    assert ("refresh" in page, "wechat_jsapi" in page, 'value="sandbox"' in page) == (False, False, True)

    settings.SANDBOX_GATEWAY = False
    page = phone.get(pay_path(order)).content.decode()
    assert ("refresh" in page, "There is no way to pay inside WeChat." in page) == (False, True)
    with pytest.raises(GatewayNotFound):
        services.identify_payer(code=CODE)
    assert selectors.wechat_appid() == ""


# WeChat misbehaving


@pytest.mark.parametrize(
    "trouble", [Trouble.SWALLOW_QUESTION, Trouble.SWALLOW_ANSWER, Trouble.ERROR_BEFORE, Trouble.NO_SENSE]
)
def test_without_an_answer_the_payer_can_ask_again(
    wechat: WechatPeer, phone: Client, order: Order, trouble: Trouble
) -> None:
    back = local(back_from_wechat(phone, order))
    wechat.trouble = trouble
    assert phone.get(back)["Location"] == f"{pay_path(order)}?unknown=1"

    wechat.trouble = None
    assert phone.get(local(back_from_wechat(phone, order)))["Location"] == pay_path(order)


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b'{"openid": 7}', b'{"openid": "../../x"}', b'{"errcode": -1}', b'{"openid": "o"' + b" " * 20_000],
)
def test_nonsense_is_nobody(wechat: WechatPeer, answer: bytes) -> None:
    wechat.identity.answer = answer
    with pytest.raises(GatewayUnreachable) as error:
        services.identify_payer(code=CODE)
    assert SECRET not in f"{error.value}{error.getrepr(style='long')}"


@pytest.mark.parametrize("code", ["", "a b", "x" * 129, "é", "a&secret=b"])
def test_what_is_no_code_is_not_asked_about(wechat: WechatPeer, code: str) -> None:
    with pytest.raises(PayerNotKnown):
        services.identify_payer(code=code)
    assert wechat.calls == []


def test_the_secret_is_said_to_nobody_else(wechat: WechatPeer, phone: Client, order: Order) -> None:
    wechat.identity.answer = b'{"errcode": 40125, "errmsg": "invalid appsecret"}'
    page = phone.get(pay_path(order)).content.decode()
    answer = phone.get(local(back_from_wechat(phone, order)), follow=True)
    assert SECRET not in page + answer.content.decode()
