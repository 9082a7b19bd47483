"""The editor of a shop's home page, with and without JavaScript."""

from __future__ import annotations

import io

from django.core.files.base import ContentFile
from PIL import Image

from quanshi.catalog.models import Variant
from quanshi.storefront import selectors
from tests.console.conftest import World, browser
from tests.support.factories import make_person


def sections(world: World) -> list[str]:
    return [str(one.id) for one in selectors.page_draft(shop_id=world.shop.id, locale="en").sections]


def add(world: World, kind: str) -> str:
    assert world.client.post(world.path("settings/page/add"), {"kind": kind}).status_code == 302
    return sections(world)[-1]


def test_a_page_is_made_published_and_seen(world: World) -> None:
    page = world.path("settings/page")
    assert "Without any section the shop shows its goods alone" in world.client.get(page).content.decode()
    text, goods, banner = add(world, "text"), add(world, "featured"), add(world, "banner")
    encoded = io.BytesIO()
    Image.new("RGB", (1200, 500), "red").save(encoded, "PNG")
    variant = Variant.objects.get(id=world.variant_id)
    for section, data in {
        text: {"title": "慢茶", "title_en": "Slow tea", "body_en": "Take <b>time</b>.\n\nSit down."},
        goods: {"title_en": "Picked", "product_ids": [str(variant.product_id)]},
        banner: {"title_en": "Spring", "file": ContentFile(encoded.getvalue(), name="red.png")},
    }.items():
        assert world.client.get(f"{page}/{section}").status_code == 200
        assert world.client.post(f"{page}/{section}", data).status_code == 302
    assert "Slow tea" not in browser().get(f"/s/{world.shop.slug}").content.decode()
    assert world.client.post(f"{page}/publish").status_code == 302
    seen = browser().get(f"/s/{world.shop.slug}").content.decode()
    assert "Slow tea" in seen
    assert "Take &lt;b&gt;time&lt;/b&gt;." in seen
    assert seen.index("Slow tea") < seen.index("Picked") < seen.index("Spring") < seen.index("All goods")
    assert "慢茶" in browser().get(f"/s/{world.shop.slug}", headers={"accept-language": "zh"}).content.decode()
    activity = world.client.get(world.path("activity")).content.decode()
    assert '<span class="strong">Featured goods</span>' in activity
    assert "<dd>Banner</dd>" in activity


def test_sections_are_moved_and_taken_out_by_plain_forms_and_by_htmx(world: World) -> None:
    first, second = add(world, "text"), add(world, "newest")
    page = world.path("settings/page")
    assert world.client.post(f"{page}/{second}/move", {"position": "0"}).status_code == 302
    assert sections(world) == [second, first]
    moved = world.client.post(f"{page}/{second}/move", {"position": "1"}, headers={"hx-request": "true"})
    assert moved.status_code == 200
    assert '<div id="sections"' in moved.content.decode()
    assert "<html" not in moved.content.decode()
    assert sections(world) == [first, second]
    assert world.client.post(f"{page}/{second}/move", {"position": "-1"}).status_code == 422
    assert world.client.post(f"{page}/{first}/remove").status_code == 302
    assert sections(world) == [second]
    assert world.client.post(f"{page}/add", {"kind": "iframe"}).status_code == 422


def test_what_another_tab_has_taken_out_is_said_beside_the_page(world: World) -> None:
    page = world.path("settings/page")
    section = add(world, "text")
    assert world.client.post(f"{page}/{section}/remove").status_code == 302
    gone = world.client.post(f"{page}/{section}/remove", headers={"hx-request": "true"})
    assert gone.status_code == 404
    assert (gone["HX-Retarget"], gone["HX-Reswap"]) == ("#toasts", "outerHTML")
    assert '<p class="toast toast-error">This section is not there any more.</p>' in gone.content.decode()
    assert "<h1" not in gone.content.decode()  # no page inside the page
    assert "<h1" in world.client.post(f"{page}/{section}/remove").content.decode()


def test_one_can_go_back_to_what_was_published(world: World) -> None:
    section = add(world, "newest")
    page = world.path("settings/page")
    world.client.post(f"{page}/publish")
    world.client.post(f"{page}/{section}/remove")
    world.client.post(f"{page}/publish")
    assert sections(world) == []
    assert world.client.post(f"{page}/versions/1").status_code == 302
    assert sections(world) == [section]
    assert "Changes wait" in world.client.get(page).content.decode()


def test_the_whole_draft_is_seen_by_the_staff_alone_and_kept_nowhere(world: World) -> None:
    page = world.path("settings/page")
    text = add(world, "text")
    add(world, "text")  # nothing stands in it: shoppers would not see it, and neither does who looks ahead
    world.client.post(f"{page}/{text}", {"title_en": "Slow tea"})
    frame = world.client.get(f"{page}/preview").content.decode()
    assert f'src="{page}/preview/shop"' in frame
    shown = world.client.get(f"{page}/preview/shop")
    html = shown.content.decode()
    goods = Variant.objects.get(id=world.variant_id).product
    assert html.index("A draft") < html.index("Slow tea") < html.index("All goods") < html.index(goods.title)
    assert html.count('class="section ') == sections_when_published(world) > 0
    assert 'name="robots" content="noindex, nofollow"' in html
    assert "canonical" not in html
    assert shown["X-Robots-Tag"] == "noindex, nofollow"
    assert {"no-store", "private"} <= set(shown["Cache-Control"].replace(" ", "").split(","))
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    for stranger, status in ((browser(), 302), (browser(make_person()), 403)):
        answer = stranger.get(f"{page}/preview/shop")
        assert answer.status_code == status
        assert "Slow tea" not in answer.content.decode()


def sections_when_published(world: World) -> int:
    """How many sections a shopper sees once the draft is out."""
    world.client.post(world.path("settings/page/publish"))
    return browser().get(f"/s/{world.shop.slug}").content.decode().count('class="section ')
