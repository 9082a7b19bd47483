"""Lookups that Django has no word for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Func, Value


class AnyOf(Func):
    """Rows whose `field` is one of `values`: `.filter(AnyOf("handle", handles))`, no rows where there are none.

    For hundreds of values: they go as one array, where `__in` makes each a parameter of its own, of which Django,
    psycopg and PostgreSQL all have to keep track.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, field: str, values: Iterable[Any]) -> None:
        super().__init__(field, Value(list(values)))
