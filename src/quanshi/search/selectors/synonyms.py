from __future__ import annotations

from uuid import UUID

from quanshi.search.errors import SynonymsNotFound
from quanshi.search.models import Synonyms
from quanshi.search.types import SynonymsView


def synonyms(*, shop_id: UUID) -> tuple[SynonymsView, ...]:
    """The shop's own groups, newest first. The caller asks for permission. One query."""
    rows = Synonyms.objects.filter(shop_id=shop_id).order_by("-id")
    return tuple(SynonymsView(id=row.id, words=tuple(row.words)) for row in rows)


def synonym_group(*, shop_id: UUID, group_id: UUID) -> SynonymsView:
    """One group of the shop. The caller asks for permission. One query. Raises: SynonymsNotFound."""
    row = Synonyms.objects.filter(shop_id=shop_id, id=group_id).first()
    if row is None:
        raise SynonymsNotFound(group_id=group_id)
    return SynonymsView(id=row.id, words=tuple(row.words))
