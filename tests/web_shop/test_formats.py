from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.utils import timezone, translation

from quanshi.catalog.types import MediaState, MediaView, Rendition
from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.orders.types import OrderState, TimelineEntry
from quanshi.web import formats

NOON = datetime(2026, 6, 3, 4, 5, tzinfo=UTC)


def rendered(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(129900, "CNY"), "¥|1,299|.00"),
        (Money(5, "CNY"), "¥|0|.05"),
        (Money(1999, "USD"), "$|19|.99"),
        (Money(1234567, "KWD"), "KWD|1,234|.567"),
    ],
)
def test_price_is_cut_at_the_decimals(money: Money, text: str) -> None:
    with translation.override("en"):
        parts = formats.price_parts(money)
    assert f"{parts.symbol.strip()}|{parts.whole}|{parts.decimals}" == text


def test_price_without_decimals() -> None:
    with translation.override("en"):
        parts = formats.price_parts(Money(1980, "JPY"))
    assert (parts.whole, parts.decimals) == ("1,980", "")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_price_and_text_say_the_same(language: str) -> None:
    with translation.override(language):
        assert formats.money_text(Money(129905, "CNY")) == "¥1,299.05"
        assert formats.price_parts(Money(-500, "CNY")).minus == "−"


def test_moments_are_told_in_the_readers_zone() -> None:
    with clock.fixed(NOON), timezone.override("Asia/Shanghai"):
        with translation.override("en"):
            assert formats.moment(NOON) == "Jun 3 12:05"
            assert formats.moment(NOON.replace(year=2024)) == "Jun 3, 2024 12:05"
        with translation.override("zh-hans"):
            assert formats.moment(NOON) == "6月3日 12:05"


def test_icons_are_drawn_and_missing_ones_named() -> None:
    svg = rendered('{% icon "check" %}')
    assert svg.startswith('<svg class="icon"')
    assert 'aria-hidden="true"' in svg
    with pytest.raises(ImproperlyConfigured, match="no icon 'no-such-icon'"):
        rendered('{% icon "no-such-icon" %}')


def picture_of(state: MediaState, *renditions: Rendition) -> MediaView:
    src = renditions[-1].url if renditions else ""
    return MediaView(id=ids.new_id(), alt="", state=state, width=800, height=600, src=src, renditions=renditions)


def test_picture_offers_the_smallest_format_first() -> None:
    media = picture_of(
        MediaState.READY,
        Rendition("/m/a-320.avif", "image/avif", 320, 240),
        Rendition("/m/a-640.avif", "image/avif", 640, 480),
        Rendition("/m/a-320.webp", "image/webp", 320, 240),
    )
    html = rendered('{% picture media sizes="50vw" alt=title %}', media=media, title='a "bowl"')
    assert html.index("image/avif") < html.index("image/webp")
    assert 'srcset="/m/a-320.avif 320w, /m/a-640.avif 640w" sizes="50vw"' in html
    assert 'width="800" height="600"' in html
    assert 'loading="lazy"' in html
    assert "&quot;bowl&quot;" in html


@pytest.mark.parametrize("media", [None, picture_of(MediaState.UNREACHABLE)])
def test_picture_that_is_not_there_leaves_its_place(media: MediaView | None) -> None:
    html = rendered('{% picture media alt="bowl" %}', media=media)
    assert "picture-none" in html
    assert 'aria-label="bowl"' in html
    assert '<span class="picture-letter" aria-hidden="true">B</span>' in html


@pytest.mark.parametrize(
    ("state", "reason", "says", "because"),
    [
        (OrderState.CANCELLED, "unpaid", "Order cancelled", "It was not paid in time."),
        (OrderState.CANCELLED, "wrong size", "Order cancelled", "wrong size"),
        (OrderState.TO_SHIP, "", "The shop is preparing your parcel", ""),
        (OrderState.SHIPPED, "refunded", "Money went back to you", ""),
        (OrderState.PAID, "paid", "Payment received", ""),
    ],
)
def test_timeline_speaks_in_sentences(state: OrderState, reason: str, says: str, because: str) -> None:
    entry = TimelineEntry(id=1, state=state, reason=reason, at=NOON)
    with translation.override("en"):
        assert rendered("{{ entry|timeline_word }}|{{ entry|reason_word }}", entry=entry) == f"{says}|{because}"
