"""Payment credentials: all of a provider's or none, and never a word of them in what is said about them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from quanshi.config import credentials
from tests.support.peer import key_pair

_, PRIVATE, PUBLIC = key_pair("credentials")
WECHAT = {
    "QUANSHI_WECHAT_MCHID": "1900000109",
    "QUANSHI_WECHAT_APPID": "wx0123",
    "QUANSHI_WECHAT_CERT_SERIAL": "7C0F",
    "QUANSHI_WECHAT_PRIVATE_KEY": PRIVATE,
    "QUANSHI_WECHAT_APIV3_KEY": "k" * 32,
    "QUANSHI_WECHAT_PUBLIC_KEY_ID": "PUB_KEY_ID_01",
    "QUANSHI_WECHAT_PUBLIC_KEY": PUBLIC,
}
ALIPAY = {
    "QUANSHI_ALIPAY_APPID": "2021",
    "QUANSHI_ALIPAY_SELLER_ID": "2088",
    "QUANSHI_ALIPAY_PRIVATE_KEY": PRIVATE,
    "QUANSHI_ALIPAY_PUBLIC_KEY": PUBLIC,
}
STRIPE = {"QUANSHI_STRIPE_SECRET_KEY": "sk_test_1", "QUANSHI_STRIPE_WEBHOOK_SECRET": "whsec_1"}


def test_nothing_set_offers_nothing() -> None:
    assert credentials.read({"QUANSHI_HOME": "/srv/quanshi", "QUANSHI_STRIPE_SECRET_KEY": ""}) == {}


def test_everything_set_offers_everything() -> None:
    found = credentials.read({**WECHAT, **ALIPAY, **STRIPE, "QUANSHI_STRIPE_BASE_URL": "http://127.0.0.1:1/"})

    assert {name: len(account) for name, account in found.items()} == {"wechat": 7, "alipay": 4, "stripe": 3}
    assert found["stripe"]["base_url"] == "http://127.0.0.1:1"


def test_what_pays_out_is_set_up_beside() -> None:
    payouts = {
        "QUANSHI_WECHAT_SPLITS": "yes",
        "QUANSHI_WECHAT_TRANSFER_SCENE": "1009",
        "QUANSHI_WECHAT_TRANSFER_REPORT": "岗位类型=店主;报酬说明=货款",
    }
    found = credentials.read({**WECHAT, **payouts})["wechat"]
    assert (found["splits"], found["transfer_scene"]) == ("yes", "1009")


@pytest.mark.parametrize(
    ("provider", "alone", "other"),
    [
        (WECHAT, "QUANSHI_WECHAT_TRANSFER_SCENE", "QUANSHI_WECHAT_TRANSFER_REPORT"),
        (WECHAT, "QUANSHI_WECHAT_TRANSFER_REPORT", "QUANSHI_WECHAT_TRANSFER_SCENE"),
        (ALIPAY, "QUANSHI_ALIPAY_APP_CERT_SN", "QUANSHI_ALIPAY_ROOT_CERT_SN"),
    ],
)
def test_what_pays_out_is_set_up_whole(provider: dict[str, str], alone: str, other: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{alone} goes with {other}"):
        credentials.read({**provider, alone: "a=b"})


@pytest.mark.parametrize("provider", [WECHAT, ALIPAY, STRIPE])
def test_a_part_of_an_account_stops_the_start_with_the_missing_name(provider: dict[str, str]) -> None:
    for missing in provider:
        given = {name: value for name, value in provider.items() if name != missing}
        with pytest.raises(ImproperlyConfigured, match=rf"also set {missing}$"):
            credentials.read(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUANSHI_WECHAT_PRIVATE_KEY", "secret-that-is-no-key"),
        ("QUANSHI_WECHAT_PRIVATE_KEY", PUBLIC),
        ("QUANSHI_WECHAT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nbroken\n-----END PUBLIC KEY-----"),
        ("QUANSHI_WECHAT_APIV3_KEY", "secret-too-short"),
        ("QUANSHI_WECHAT_TRANSFER_REPORT", "tea;cups"),
        ("QUANSHI_WECHAT_BASE_URL", "api.example.com"),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        credentials.read({**WECHAT, name: value})

    assert name in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_key_may_stand_in_a_file_or_on_one_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("keys") / "alipay.pem"
    file.write_text(PRIVATE)
    expected = credentials.read(ALIPAY)

    assert credentials.read({**ALIPAY, "QUANSHI_ALIPAY_PRIVATE_KEY": str(file)}) == expected
    assert credentials.read({**ALIPAY, "QUANSHI_ALIPAY_PRIVATE_KEY": PRIVATE.replace("\n", "\\n")}) == expected


def test_what_is_optional_is_taken_where_it_is_set() -> None:
    given = {**WECHAT, "QUANSHI_WECHAT_APP_SECRET": "s3", "QUANSHI_WECHAT_API_URL": "http://127.0.0.1:1/"}
    assert credentials.read(given)["wechat"].items() >= {"app_secret": "s3", "api_url": "http://127.0.0.1:1"}.items()
    with pytest.raises(ImproperlyConfigured, match="QUANSHI_WECHAT_CONNECT_URL"):
        credentials.read({**WECHAT, "QUANSHI_WECHAT_CONNECT_URL": "javascript:alert(1)"})
    with pytest.raises(ImproperlyConfigured, match="also set QUANSHI_WECHAT_MCHID"):
        credentials.read({"QUANSHI_WECHAT_APP_SECRET": "s3"})
