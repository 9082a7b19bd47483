"""What a shop tells everybody: written in the console, read in the shop, at checkout and from an order."""

from __future__ import annotations

from tests.console.conftest import World, browser


def test_a_policy_is_written_shown_and_kept_for_the_orders_of_its_time(world: World) -> None:
    page = world.path("settings/policies/licence")
    assert world.client.post(page, {"text_": "", "text_en": "# Licence\n<b>No. 1</b>"}).status_code == 302
    assert "not written" in world.client.get(world.path("settings/policies")).content.decode()
    shop = browser()
    for path in (f"/s/{world.shop.slug}", f"/checkout/{world.shop.slug}?variant={world.variant_id}&quantity=1"):
        assert f"/s/{world.shop.slug}/policy/licence" in shop.get(path).content.decode()
    text = shop.get(f"/s/{world.shop.slug}/policy/licence").content.decode()
    assert "<h2>Licence</h2>" in text
    assert "&lt;b&gt;No. 1&lt;/b&gt;" in text
    assert '<span class="strong">Business licence</span>' in world.client.get(world.path("activity")).content.decode()
    world.client.post(page, {"text_en": "No. 2"})
    assert "There is a newer one" in shop.get(f"/s/{world.shop.slug}/policy/licence/1").content.decode()
    assert shop.get(f"/s/{world.shop.slug}/policy/returns").status_code == 404
    assert shop.get(f"/s/{world.shop.slug}/policy/x").status_code == 404
    assert world.client.get(world.path("settings/policies/x")).status_code == 404
    too_long = world.client.post(page, {"text_": "x" * 20_001})
    assert too_long.status_code == 422
