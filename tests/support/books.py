"""What the books say about one order."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from quanshi.ledger.models import Posting


def balances(subject_id: UUID) -> dict[str, int]:
    """Minor units by account kind, debit positive, of all transfers about one order; accounts at zero are left out."""
    rows = (
        Posting.objects.filter(transfer__subject_id=subject_id)
        .values_list("account__kind")
        .annotate(minor=Sum("amount_minor"))
    )
    return {kind: minor for kind, minor in rows if minor}
