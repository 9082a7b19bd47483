"""Programs have a way of their own through Django: without what pages need, and never with a page for an answer."""

from __future__ import annotations

import httpx
import pytest

from quanshi.config.wsgi import application


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
