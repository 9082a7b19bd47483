"""The queue's records of uploads."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

IMPORT_TASK: Final = "console.import_goods"  # as older versions have queued it


def of_shop(shop_id: UUID) -> QuerySet[ProcrastinateJob]:
    """The jobs of a shop's uploads, in whatever state."""
    return ProcrastinateJob.objects.filter(task_name=IMPORT_TASK, args__shop_id=str(shop_id))
