"""Shelves come into being with the goods that stand on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.utils.text import slugify

from quanshi.catalog.models import Category

SLUG_MAX: Final = 120

Path = tuple[str, ...]


def ensure_shelves(
    *, shop_id: UUID, paths: Iterable[Path], words: Mapping[Path, Mapping[str, str]] | None = None
) -> dict[Path, UUID]:
    """The ids of all shelves of the shop, with those of `paths` and everything above them made where missing.

    `words` are names in other languages by path. Idempotent. Runs inside the caller's transaction, under its lock.
    """
    by_path = {tuple(shelf.path): shelf for shelf in Category.objects.filter(shop_id=shop_id)}
    wanted = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    slugs = {shelf.slug for shelf in by_path.values()}
    new = []
    for path in sorted(wanted.difference(by_path)):
        shelf = Category(shop_id=shop_id, path=list(path), slug=_free_slug(path, slugs), position=len(by_path))
        slugs.add(shelf.slug)
        by_path[path] = shelf
        new.append(shelf)
    Category.objects.bulk_create(new)
    renamed = [by_path[path] for path, names in (words or {}).items() if _rename(by_path[path], names)]
    Category.objects.bulk_update(renamed, ["translations"])
    return {path: shelf.id for path, shelf in by_path.items()}


def _rename(shelf: Category, names: Mapping[str, str]) -> bool:
    words: dict[str, object] = {**shelf.translations, **{locale: {"name": name} for locale, name in names.items()}}
    if words == shelf.translations:
        return False
    shelf.translations = words
    return True


def _free_slug(path: Sequence[str], taken: set[str]) -> str:
    stem = slugify(" ".join(path), allow_unicode=True)[: SLUG_MAX - 6].strip("-") or "shelf"
    choices = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in choices if slug not in taken)
