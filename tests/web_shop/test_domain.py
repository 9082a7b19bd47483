"""A shop at its own domain: its pages without its name, a guest's whole way, and nothing of the platform's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from quanshi.catalog.models import Product, Variant
from quanshi.kernel.models import Limit
from quanshi.shops.models import Shop
from quanshi.shops.types import ShopView
from quanshi.web.domains.own import known
from tests.support.factories import PASSWORD, make_person, make_shop, make_variant

pytestmark = pytest.mark.django_db
HOST = "tea-house.shop"
PLATFORM = settings.BASE_URL


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    known.forget()
    yield
    known.forget()


@pytest.fixture
def shop() -> ShopView:
    """A shop whose domain is proven."""
    made = make_shop(slug="tea-house", name="Tea House")
    Shop.objects.filter(id=made.id).update(domain=HOST)
    return made


@pytest.fixture
def handle(shop: ShopView) -> str:
    found: str = Product.objects.get(id=Variant.objects.get(id=make_variant(shop=shop)).product_id).handle
    return found


def visit(path: str, *, host: str = HOST, client: Client | None = None, **options: object) -> tuple[int, str, str]:
    """Status, where it leads, and what it says."""
    answer = (client or Client(headers={"accept-language": "en"})).get(path, headers={"host": host}, **options)  # type: ignore[arg-type]
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


def links(page: str) -> set[str]:
    return {href for href in re.findall(r'(?:href|action)="([^"#]*)', page) if not href.startswith("/static/")}


def test_the_shop_stands_at_the_root_and_links_stay_there(shop: ShopView, handle: str) -> None:
    for path in ("/", f"/p/{handle}", "/c", "/search?q=tea", "/cart", "/orders", "/offline"):
        status, _to, page = visit(path)
        assert status == 200, path
        assert not any(href.startswith("/s/") for href in links(page)), (path, links(page))
    _status, _to, front = visit("/")
    assert f'href="/p/{handle}"' in front
    assert "Tea House" in front
    assert visit("/theme.css")[0] == 200


def test_what_a_page_asks_for_by_itself_is_answered_there(shop: ShopView, handle: str) -> None:
    """A redirect to another host is an answer that a browser hides from the page."""
    variant = Variant.objects.get().id
    asked = set()
    for path in ("/", f"/p/{handle}", "/search?q=tea", f"/checkout/tea-house?variant={variant}&quantity=1"):
        asked |= set(re.findall(r'hx-get="([^"]+)"', visit(path)[2]))
    assert {"/regions", "/search/suggestions?shop=tea-house"} <= asked
    assert {path: visit(path)[0] for path in asked} == dict.fromkeys(asked, 200)


def test_canonical_links_name_the_domain_wherever_the_page_is_read(shop: ShopView, handle: str) -> None:
    scheme = urlsplit(PLATFORM).scheme
    for path, host, wanted in (
        (f"/p/{handle}", HOST, f"/p/{handle}"),
        (f"/s/tea-house/p/{handle}", "localhost", f"/p/{handle}"),
        ("/s/tea-house", "localhost", ""),
        ("/", HOST, ""),
    ):
        page = visit(path, host=host)[2]
        assert f'rel="canonical" href="{scheme}://{HOST}{wanted}"' in page, path


def test_the_platforms_addresses_of_the_shop_lead_to_its_own(shop: ShopView, handle: str) -> None:
    assert visit(f"/s/tea-house/p/{handle}?x=1")[:2] == (301, f"/p/{handle}?x=1")
    assert visit("/s/tea-house")[:2] == (301, "/")
    for odd in ("/s/tea-house//evil.com", "/s/tea-house/\\evil.com", "/s/tea-house///evil.com/x"):
        to = visit(odd)[1]
        assert to.startswith("/")
        assert not to.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/console/",
        "/console/tea-house/",
        "/operator/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/2fa/",
        "/s/coffee-house",
        "/privacy",
        "/domains/ask?domain=x",
        "/nothing",
    ],
)
def test_accounts_and_consoles_stay_at_the_platform(shop: ShopView, path: str) -> None:
    make_shop(slug="coffee-house")
    assert visit(path)[:2] == (302, f"{PLATFORM}{path}")
    assert Client().post(path, headers={"host": HOST}).status_code == 404


def test_nobody_is_signed_in_at_a_shops_domain(shop: ShopView, handle: str) -> None:
    """Not even with the platform's own cookie, should it get there."""
    person = make_person(display_name="Somebody Known")
    client = Client(headers={"accept-language": "en"})
    assert client.login(email=person.email, password=PASSWORD)
    assert "Somebody Known" in client.get("/me").content.decode()
    for path in ("/", f"/p/{handle}", "/orders"):
        assert "Somebody Known" not in visit(path, client=client)[2]
    put = client.post(
        f"/p/{handle}",
        {"variant": str(Variant.objects.get().id), "quantity": "1", "then": "cart"},
        headers={"host": HOST},
    )
    assert put.status_code in {200, 302}, put.content.decode()[:2000]
    assert Product.objects.get().title not in client.get("/cart").content.decode()  # it went to a guest's
    assert Product.objects.get().title in visit("/cart", client=client)[2]


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        f"{HOST}.evil.com",
        f"evil.{HOST}",
        f"{HOST}@evil.com",
        f"{HOST}:x",
        f"{HOST}/x",
        f"{HOST}, evil.com",
        f" {HOST}x",
        "tea-house",
        "",
        "[::1",
    ],
)
def test_a_host_that_is_nobodys_is_refused(shop: ShopView, host: str) -> None:
    for path in ("/", "/s/tea-house", "/console/", "/robots.txt"):
        answer = Client().get(path, headers={"host": host})
        assert answer.status_code == 400, (host, path)
        assert "<h1" in answer.content.decode()
        assert "evil" not in answer.content.decode()


def test_an_unproven_or_given_up_domain_serves_nothing(shop: ShopView) -> None:
    assert visit("/")[0] == 200
    Shop.objects.filter(id=shop.id).update(domain="")
    known.forget()
    assert visit("/")[0] == 400


def test_other_headers_do_not_choose_the_shop(shop: ShopView) -> None:
    answer = Client().get("/", headers={"host": "localhost", "x-forwarded-host": HOST, "forwarded": f"host={HOST}"})
    assert answer.status_code == 200
    assert answer.wsgi_request.get_host() == "localhost"


@pytest.mark.parametrize(
    ("origin", "status"),
    [(f"http://{HOST}", 302), ("http://evil.com", 403), (PLATFORM, 302), (f"http://{HOST}.evil.com", 403)],
)
def test_forms_are_taken_from_the_domains_own_pages_alone(
    shop: ShopView, handle: str, origin: str, status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(f"/p/{handle}", headers={"host": HOST}).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    cookie = client.cookies[settings.CSRF_COOKIE_NAME]
    assert cookie["domain"] == ""  # this host's alone
    entries = {
        "csrfmiddlewaretoken": token[1],
        "variant": str(Variant.objects.get().id),
        "quantity": "1",
        "then": "cart",
    }
    answer = client.post(f"/p/{handle}", entries, headers={"host": HOST, "origin": origin})
    assert answer.status_code == status, answer.content.decode()[:1500]


@pytest.mark.parametrize("chain", [settings.MIDDLEWARE, settings.PROGRAM_MIDDLEWARE])
def test_the_host_is_looked_at_before_anything_asks_for_it(chain: list[str]) -> None:
    """Programs pass other middleware than pages do, and so does the decision of a simulated payment."""
    assert chain[:2] == [
        "quanshi.web.middleware.RequestLogMiddleware",
        "quanshi.web.domains.middleware.DomainMiddleware",
    ]


def test_a_proxy_is_told_of_proven_domains_alone_and_not_too_often(shop: ShopView) -> None:
    def ask(domain: str) -> int:
        return Client().get("/domains/ask", {"domain": domain}).status_code

    assert (ask(HOST), ask(HOST.upper()), ask("evil.com"), ask(f"x.{HOST}"), ask("")) == (200, 200, 404, 404, 404)
    assert {ask(HOST) for _ in range(130)} == {200, 429}
    assert Limit.objects.filter(key__startswith="domains:").count() == 1
