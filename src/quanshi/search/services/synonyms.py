"""The words that mean the same to the buyers of one shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import InvalidInput
from quanshi.search.errors import SynonymsNotFound, TooManySynonyms
from quanshi.search.models import Synonyms
from quanshi.search.rules.folding import fold, is_han, runs, stem
from quanshi.search.rules.words import COMMON, quoted, shop_word
from quanshi.search.selectors import synonym_group
from quanshi.search.types import SynonymsView
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

MOST_GROUPS: Final = 300
MOST_WORDS: Final = 12  # of one group
WORD_MAX: Final = 40

AFFECTED_SQL: Final = """
    INSERT INTO search_pending (shop_id, product_id)
    SELECT shop_id, product_id FROM search_document WHERE shop_id = %(shop)s AND words @@ %(words)s::tsquery
"""


def save_synonyms(*, actor: Actor, shop_id: UUID, words: Sequence[str], group_id: UUID | None = None) -> UUID:
    """Let each of `words` find what the others find in this shop: a new group, or the one of `group_id`; its id.

    The goods concerned are indexed anew by the worker. Saying the same again changes nothing. Emits nothing.
    Raises: NotAllowed, InvalidInput, TooManySynonyms, SynonymsNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    checked = _checked(words)
    with transaction.atomic():
        _one_at_a_time(shop_id)
        if group_id is None:
            if Synonyms.objects.filter(shop_id=shop_id).count() >= MOST_GROUPS:
                raise TooManySynonyms(limit=MOST_GROUPS)
            group = Synonyms(shop_id=shop_id, words=[])
        else:
            group = _group(shop_id, group_id)
        saved_id: UUID = group.id
        if group.words == checked:
            return saved_id
        before, group.words = group.words, checked
        group.save()
        _note(shop_id, [*before, *checked])
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.GOODS_SYNONYMS_SAVED,
            subject_id=saved_id,
            before={"words": ", ".join(before)} if before else None,
            after={"words": ", ".join(checked)},
        )
    return saved_id


def hold_synonyms(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, group_id: UUID
) -> SynonymsView:
    """Let nobody else change a group until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, SynonymsNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    _one_at_a_time(shop_id)
    return synonym_group(shop_id=shop_id, group_id=group_id)


def remove_synonyms(*, actor: Actor, shop_id: UUID, group_id: UUID) -> None:
    """Forget a group; the goods concerned are indexed anew. Emits nothing. Raises: NotAllowed, SynonymsNotFound."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_GOODS)
    with transaction.atomic():
        _one_at_a_time(shop_id)
        group = _group(shop_id, group_id)
        group.delete()
        _note(shop_id, group.words)
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.GOODS_SYNONYMS_REMOVED,
            subject_id=group_id,
            before={"words": ", ".join(group.words)},
        )


def _group(shop_id: UUID, group_id: UUID) -> Synonyms:
    group = Synonyms.objects.filter(shop_id=shop_id, id=group_id).first()
    if group is None:
        raise SynonymsNotFound(group_id=group_id)
    return group


def _checked(words: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for word in words:
        text = " ".join(word.split())
        if not text:
            continue
        if len(text) > WORD_MAX or not text.isprintable() or not runs(fold(text)):
            raise InvalidInput(field="words", value=text[:80], reason="not_a_word")
        kept.setdefault(fold(text), text)
    if not 2 <= len(kept) <= MOST_WORDS:  # noqa: PLR2004 - one word has no other
        raise InvalidInput(field="words", value=str(len(kept)), reason="two_to_twelve_words")
    return list(kept.values())


def _one_at_a_time(shop_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('synonyms:' || %s, 0))", [str(shop_id)])


def _note(shop_id: UUID, words: Iterable[str]) -> None:
    """Leave to the worker all goods that may have one of `words` in their title: those with all its characters."""
    ways = []
    for word in words:
        letters = [
            letter
            for run in runs(fold(word))
            for letter in ([c for c in run if c not in COMMON] if is_han(run) else [stem(run)])
        ]
        if letters:
            ways.append("(" + " & ".join(quoted(letter) for letter in letters) + ")")
    if ways:
        asked = f"({' | '.join(ways)}) & {quoted(shop_word(shop_id))}"
        with connection.cursor() as cursor:
            cursor.execute(AFFECTED_SQL, {"shop": shop_id, "words": asked})
