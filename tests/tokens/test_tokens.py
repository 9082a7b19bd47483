"""What a token is, who makes and ends it, and what of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import services as shops
from quanshi.shops.types import Role
from quanshi.tokens import rules, selectors, services
from quanshi.tokens.errors import TokenNotFound, TokenRefused, TooManyTokens
from quanshi.tokens.models import Token
from quanshi.tokens.types import MadeToken, Scope
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_member, make_person, make_shop

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _personal(**fields: object) -> MadeToken:
    given: dict[str, object] = {"actor": make_actor(), "name": "till", "scopes": [Scope.BUY], "valid_days": 30}
    return services.make_token(**{**given, **fields})  # type: ignore[arg-type]


def test_a_secret_is_known_by_its_form() -> None:
    mine, shops_own = rules.new_secret(is_shop=False), rules.new_secret(is_shop=True)
    assert (mine[:4], shops_own[:4], len(mine)) == ("qsp_", "qss_", 42)
    assert rules.is_secret(mine)
    assert rules.is_secret(shops_own)
    assert mine[4:36] != shops_own[4:36]


@given(place=st.integers(0, 41), letter=st.sampled_from("0aZ_-é\n"))
def test_a_mistyped_secret_is_none(place: int, letter: str) -> None:
    secret = "qsp_" + "q" * 32
    secret += rules.checksum(secret)
    changed = secret[:place] + letter + secret[place + 1 :]
    assert rules.is_secret(changed) == (changed == secret)
    assert not rules.is_secret(secret + letter)


@pytest.mark.django_db
class TestTokens:
    def test_nothing_that_is_kept_gives_the_secret_away(self) -> None:
        made = _personal()
        kept = str(list(Token.objects.values_list()))
        assert made.secret[8:] not in kept
        assert made.secret[8:] not in repr(made.token)
        assert made.token.hint == made.secret[:8]

    def test_a_secret_speaks_for_its_maker(self) -> None:
        actor = make_actor()
        made = _personal(actor=actor, scopes=[Scope.BUY, Scope.READ_SHOP])
        bearer = services.recognise(secret=made.secret)
        assert (bearer.person_id, bearer.shop_id, set(bearer.scopes)) == (actor.id, None, {Scope.BUY, Scope.READ_SHOP})

    def test_it_ends_at_its_time(self) -> None:
        with clock.fixed(NOON):
            secret = _personal(valid_days=1).secret
        with clock.fixed(NOON + timedelta(hours=23, minutes=59)):
            services.recognise(secret=secret)
        with clock.fixed(NOON + timedelta(days=1)), pytest.raises(TokenRefused):
            services.recognise(secret=secret)

    def test_it_ends_when_it_is_revoked_and_by_its_maker_alone(self) -> None:
        actor = make_actor()
        made = _personal(actor=actor)
        with pytest.raises(TokenNotFound):
            services.revoke_token(actor=make_actor(), token_id=made.token.id)
        services.recognise(secret=made.secret)
        for _ in range(2):
            services.revoke_token(actor=actor, token_id=made.token.id)
        with pytest.raises(TokenRefused):
            services.recognise(secret=made.secret)
        (shown,) = selectors.own_tokens(actor=actor)
        assert not shown.is_alive(clock.now())

    def test_it_ends_when_its_maker_is_blocked(self) -> None:
        person = make_person()
        made = _personal(actor=make_actor(person=person))
        Person.objects.filter(id=person.id).update(is_active=False)
        with pytest.raises(TokenRefused):
            services.recognise(secret=made.secret)

    def test_a_shops_token_ends_for_good_when_its_maker_leaves(self) -> None:
        owner, colleague = make_actor(), make_actor()
        shop = make_shop(actor=owner)
        shops.add_member(actor=owner, shop_id=shop.id, person_id=colleague.id, role=Role.OWNER)
        made = _personal(actor=colleague, shop_id=shop.id, scopes=[Scope.READ_ORDERS])
        assert services.recognise(secret=made.secret).shop_id == shop.id
        shops.remove_member(actor=owner, shop_id=shop.id, person_id=colleague.id)
        with pytest.raises(TokenRefused):
            services.recognise(secret=made.secret)
        shops.add_member(actor=owner, shop_id=shop.id, person_id=colleague.id, role=Role.OWNER)
        with pytest.raises(TokenRefused):
            services.recognise(secret=made.secret)
        (shown,) = selectors.shop_tokens(actor=owner, shop_id=shop.id)
        assert shown.has_left

    def test_whoever_manages_a_shop_ends_its_tokens_and_nobody_else(self) -> None:
        owner, colleague = make_actor(), make_actor()
        shop = make_shop(actor=owner)
        shops.add_member(actor=owner, shop_id=shop.id, person_id=colleague.id, role=Role.OWNER)
        made = _personal(actor=owner, shop_id=shop.id, scopes=[Scope.READ_ORDERS])
        stranger = make_actor()
        for outsider in (stranger, make_member(shop=shop, role=Role.ORDERS)):
            with pytest.raises(NotAllowed):
                services.revoke_token(actor=outsider, token_id=made.token.id, shop_id=shop.id)
            with pytest.raises(NotAllowed):
                selectors.shop_tokens(actor=outsider, shop_id=shop.id)
            with pytest.raises(NotAllowed):
                _personal(actor=outsider, shop_id=shop.id, scopes=[Scope.READ_ORDERS])
        with pytest.raises(TokenNotFound):  # of another shop of the stranger's own
            services.revoke_token(actor=stranger, token_id=made.token.id, shop_id=make_shop(actor=stranger).id)
        services.recognise(secret=made.secret)
        services.revoke_token(actor=colleague, token_id=made.token.id, shop_id=shop.id)
        with pytest.raises(TokenRefused):
            services.recognise(secret=made.secret)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": " "},
            {"name": "n" * 81},
            {"name": "a\x00b"},
            {"scopes": []},
            {"scopes": ["everything"]},
            {"valid_days": 0},
            {"valid_days": 367},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(InvalidInput):
            _personal(**wrong)
        assert not Token.objects.exists()

    def test_guests_and_the_system_make_none_and_a_shop_does_not_buy(self) -> None:
        for actor in (make_guest(), SYSTEM):
            with pytest.raises(NotAllowed):
                _personal(actor=actor)
        owner = make_actor()
        with pytest.raises(InvalidInput):
            _personal(actor=owner, shop_id=make_shop(actor=owner).id, scopes=[Scope.BUY])

    def test_use_is_noted_once_an_hour(self, django_assert_num_queries: object) -> None:
        with clock.fixed(NOON):
            secret = _personal().secret
            services.recognise(secret=secret)
        for minutes, seen in ((59, NOON), (60, NOON + timedelta(minutes=60))):
            with clock.fixed(NOON + timedelta(minutes=minutes)):
                services.recognise(secret=secret)
            assert Token.objects.get().last_used_at == seen
        with clock.fixed(NOON + timedelta(minutes=61)), django_assert_num_queries(1):  # type: ignore[operator]
            services.recognise(secret=secret)

    def test_a_damaged_secret_costs_no_query(self, django_assert_num_queries: object) -> None:
        for text in ("", "qsp_", "x" * 42, rules.new_secret(is_shop=True)[:-1] + "~"):
            with django_assert_num_queries(0), pytest.raises(TokenRefused):  # type: ignore[operator]
                services.recognise(secret=text)


def test_the_last_place_goes_to_one(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_TOKENS", 3)
    actor = make_actor()
    for _ in range(2):
        _personal(actor=actor)
    results = run_together(*[lambda: _personal(actor=actor)] * 4)
    assert [type(result) for result in results].count(TooManyTokens) == 3
    assert Token.objects.count() == 3
