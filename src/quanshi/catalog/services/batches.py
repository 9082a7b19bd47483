"""Rows of one table that are written together: new ones by COPY, changed ones by one statement.

Rows are plain dictionaries by column. Models of the ORM would be made of each, only to be taken apart again, and its
own bulk statements carry a case for each row and column: that was most of the time of an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import sql

from quanshi.kernel.backend.arrays import array_text

Row = dict[str, Any]


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Batch:
    """Rows of `model` to insert and to update, collected over many drafts. An update writes `fields`."""

    model: type[models.Model]
    fields: Sequence[str]
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)

    def add(self, row: Row, values: Mapping[str, Any], *, is_new: bool) -> Outcome:
        """Take `values` into `row`, and the row among what is to be written unless it says the same already."""
        if is_new:
            row.update(values)
            self.new.append(row)
            return Outcome.CREATED
        if all(row[name] == value for name, value in values.items()):
            return Outcome.UNCHANGED
        row.update(values)
        self.changed.append(row)
        return Outcome.UPDATED

    def write(self) -> None:
        """Write them all. New rows have the same columns; those that none of them has get their default."""
        if self.new:
            self._insert()
        if self.changed:
            self._update()

    def _insert(self) -> None:
        writers = {column: WRITERS.get(type(self._field(column))) for column in self.new[0]}
        columns = list(writers.items())
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(self._table, _listed(writers))
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in self.new:
                copy.write_row([write(row[column]) if write else row[column] for column, write in columns])

    def _update(self) -> None:
        statement = sql.SQL(
            "UPDATE {table} AS old SET {values}"
            " FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS new WHERE old.id = new.id"
        ).format(
            table=self._table,
            values=sql.SQL(", ").join(
                sql.SQL("{name} = new.{name}").format(name=sql.Identifier(name)) for name in self.fields
            ),
        )
        rows = [{name: row[name] for name in ("id", *self.fields)} for row in self.changed]
        with connection.cursor() as cursor:
            cursor.execute(statement, [_json(rows)])

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(self.model._meta.db_table)  # noqa: SLF001 - how Django names its columns

    def _field(self, column: str) -> Any:
        return self.model._meta.get_field(column.removesuffix("_id"))  # noqa: SLF001 - as above


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


WRITERS: Final[Mapping[type[models.Field[Any, Any]], Callable[[Any], str]]] = {
    models.JSONField: _json,
    ArrayField: array_text,
}
