"""Words that mean the same: those of the trade, which come with the house, and a shop's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from uuid import UUID

from quanshi.search.models import Synonyms
from quanshi.search.rules.folding import fold
from quanshi.search.rules.words import Group


@lru_cache(maxsize=1)
def trade_groups() -> tuple[Group, ...]:
    """The groups of data/words.txt."""
    text = resources.files("quanshi.search.data").joinpath("words.txt").read_text("utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(_group(line.split(",")) for line in lines if line)


def groups_of(*, shop_ids: Iterable[UUID]) -> dict[UUID, tuple[Group, ...]]:
    """All groups by which the goods of each shop are found. One query."""
    own: dict[UUID, list[Group]] = {shop_id: [] for shop_id in shop_ids}
    for row in Synonyms.objects.filter(shop_id__in=own).order_by("id"):
        own[row.shop_id].append(Group(tuple(fold(word) for word in row.words)))
    return {shop_id: (*groups, *trade_groups()) for shop_id, groups in own.items()}


def _group(words: Iterable[str]) -> Group:
    folded = [fold(word) for word in words]
    return Group(
        words=tuple(word for word in folded if not word.startswith("!")),
        but=tuple(word[1:] for word in folded if word.startswith("!")),
    )
