from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops.types import ShopView
from quanshi.storefront import rules, selectors, services
from quanshi.storefront.errors import PolicyNotFound
from quanshi.storefront.models import PolicyVersion
from quanshi.storefront.types import PolicyKind, PolicyLink, TextBlock
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_shop


def told(shop: ShopView) -> list[tuple[str, int]]:
    return [(link.kind, link.number) for link in selectors.policies(shop_ids=[shop.id]).get(shop.id, ())]


@pytest.mark.django_db
def test_a_policy_is_told_from_its_moment_on_and_the_older_words_stay() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    begun = clock.now()
    say = {"actor": owner, "shop_id": shop.id, "kind": PolicyKind.RETURNS}
    assert services.save_policy(**say, texts={"": "七天", "en": "Seven days"}) == 1  # type: ignore[arg-type]
    between = clock.now()
    assert services.save_policy(**say, texts={"": "七天", "en": "Seven days"}) == 1  # type: ignore[arg-type]
    assert services.save_policy(**say, texts={"": "三十天"}) == 2  # type: ignore[arg-type]
    assert told(shop) == [("returns", 2)]
    assert selectors.policies(shop_ids=[shop.id], at=begun - timedelta(seconds=1)) == {}
    then = selectors.policies(shop_ids=[shop.id], at=between)[shop.id]
    assert then == (PolicyLink(kind=PolicyKind.RETURNS, number=1),)
    older = selectors.policy(shop_id=shop.id, kind="returns", number=1, locale="en")
    assert (older.blocks[0].lines, older.is_current) == (("Seven days",), False)
    newest = selectors.policy(shop_id=shop.id, kind="returns", locale="en")
    assert (newest.blocks[0].lines, newest.number) == (("三十天",), 2)
    services.save_policy(**say, texts={"": " "})  # type: ignore[arg-type]
    assert told(shop) == []
    with pytest.raises(PolicyNotFound):
        selectors.policy(shop_id=shop.id, kind="returns", locale="en")
    with pytest.raises(PolicyNotFound):
        selectors.policy(shop_id=make_shop().id, kind="returns", locale="en")


@pytest.mark.django_db
def test_words_are_taken_as_shops_paste_them() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    pasted = "一\r\n\u3000\u3000本店\u00a0七天无理由退货\u3000👩\u200d🌾\tA\r- b"
    services.save_policy(actor=owner, shop_id=shop.id, kind=PolicyKind.RETURNS, texts={"": pasted})
    view = selectors.policy(shop_id=shop.id, kind="returns", locale="")
    assert [block.lines for block in view.blocks] == [("一", "本店\u00a0七天无理由退货\u3000👩\u200d🌾\tA"), ("b",)]


@pytest.mark.django_db
def test_strangers_and_bad_words_change_nothing() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    services.save_policy(actor=owner, shop_id=shop.id, kind=PolicyKind.ABOUT, texts={"": "We"})
    before = list(PolicyVersion.objects.values())
    for actor in (make_actor(), make_guest()):
        with pytest.raises(NotAllowed):
            services.save_policy(actor=actor, shop_id=shop.id, kind=PolicyKind.ABOUT, texts={"": "They"})
    for texts in ({"": "x" * 20_001}, {"": "a\x00b"}, {"": "a\u202eb"}, {"tlh": "x"}):
        with pytest.raises(InvalidInput):
            services.save_policy(actor=owner, shop_id=shop.id, kind=PolicyKind.ABOUT, texts=texts)
    assert list(PolicyVersion.objects.values()) == before


def test_two_who_write_at_once_make_two_versions(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    answers = run_together(
        *[
            lambda word=word: services.save_policy(
                actor=owner, shop_id=shop.id, kind=PolicyKind.ABOUT, texts={"": word}
            )
            for word in ("one", "two")
        ]
    )
    assert set(answers) == {1, 2}


def test_a_plain_text_is_read_in_its_parts() -> None:
    assert rules.blocks("# When\nWithin two days\nby post\n\nElse:\n- call\n- write\n- \n\n\nBye") == (
        TextBlock("heading", ("When",)),
        TextBlock("paragraph", ("Within two days", "by post")),
        TextBlock("paragraph", ("Else:",)),
        TextBlock("list", ("call", "write")),
        TextBlock("paragraph", ("-",)),
        TextBlock("paragraph", ("Bye",)),
    )


@given(st.text(alphabet="ab #-\n", max_size=60))
def test_no_word_of_a_text_is_lost(text: str) -> None:
    said = "".join(line for block in rules.blocks(text) for line in block.lines)
    assert [letter for letter in said if letter in "ab"] == [letter for letter in text if letter in "ab"]
