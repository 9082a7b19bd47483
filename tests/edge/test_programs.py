"""Programs have a way of their own through Django: without what pages need, and never with a page for an answer."""

from __future__ import annotations

import httpx
import pytest
from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used

from quanshi.config.wsgi import application
from quanshi.web.domains.middleware import URLCONF


@pytest.fixture
def site() -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=application), base_url="http://localhost")


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/api/v1/orders/00000000-0000-7000-8000-000000000000", 404),
        ("POST", "/payments/notify/nobody", 404),
        ("POST", "/sandbox-pay/pay?reference=x", 403),
    ],
)
def test_a_program_is_refused_without_a_page(site: httpx.Client, method: str, path: str, status: int) -> None:
    answer = site.request(method, path)
    assert answer.status_code == status
    assert "<html" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers


@pytest.mark.usefixtures("committed_db")
def test_a_page_keeps_all_its_guards(site: httpx.Client) -> None:
    answer = site.get("/sandbox-pay/pay?reference=x")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.usefixtures("committed_db")
def test_what_is_remembered_of_a_path_says_the_same_again(site: httpx.Client) -> None:
    answers = [site.get("/api/v1/cart", headers={"accept-language": language}) for language in ("en", "zh-hans", "en")]
    assert [answer.headers["content-language"] for answer in answers] == ["en", "zh-hans", "en"]
    assert {answer.headers["vary"] for answer in answers} == {"Authorization, Cookie, Accept-Language"}
    assert site.delete("/api/v1/cart").status_code == httpx.codes.METHOD_NOT_ALLOWED


@pytest.mark.usefixtures("committed_db")
def test_an_answer_to_nobody_says_that_a_session_would_count(site: httpx.Client) -> None:
    answer = site.get("/api/v1/me")
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert answer.headers["vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize("urlconf", [settings.ROOT_URLCONF, URLCONF])
def test_no_path_begins_with_a_language(urlconf: str) -> None:
    """LanguageMiddleware looks at no path: with `i18n_patterns` it would have to."""
    assert is_language_prefix_patterns_used(urlconf) == (False, False)
