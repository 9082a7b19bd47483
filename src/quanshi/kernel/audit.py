"""Recomputing what must be true: each room writes checks in its own `audit.py`, `quanshi audit` runs them all.

A check is one set-based statement that finds the rows which break one rule; a sound database finds none. The first
column is the broken row's id, the others are facts that say how it is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.db import connection, models
from psycopg import sql

MOST_ROWS: Final = 1000  # of one rule: a person reads them, and a broken import must not fill the memory


class BrokenRow(NamedTuple):
    """One row that contradicts the rest of the books."""

    table: str
    id: str
    rule: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """`query` selects the rows of `table` that break `rule`, a sentence in the present tense about sound rows."""

    table: str
    rule: str
    query: str | sql.Composed


def run(checks: Iterable[Check]) -> Iterator[BrokenRow]:
    """The broken rows that `checks` find, one statement a check. Inside one snapshot when the caller holds one."""
    for check in checks:
        with connection.cursor() as cursor:
            cursor.execute(check.query)
            names = [column.name for column in cursor.description[1:]]
            for row_id, *facts in cursor.fetchmany(MOST_ROWS):
                shown = {name: str(value) for name, value in zip(names, facts, strict=True)}
                yield BrokenRow(check.table, str(row_id), check.rule, shown)


def reference_checks() -> list[Check]:
    """For every foreign key that the database itself does not check: its target exists and is of the same shop.

    A row that belongs to a shop may point at rows of that shop only, so keys that the database does check are looked
    at for that as well.
    """
    checks: list[Check] = []
    for model in apps.get_models():
        if not model.__module__.startswith("quanshi."):
            continue
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented model API
            if not isinstance(field, models.ForeignKey):
                continue
            if not field.db_constraint:  # type: ignore[attr-defined] # Django has it, its stubs do not
                checks.append(_exists(model, field))
            if _has_shop(model) and _has_shop(field.related_model) and field.name != "shop":
                checks.append(_is_of_the_same_shop(model, field))
    return checks


def row_counts(tables: Iterable[str]) -> dict[str, int]:
    """How many rows each table holds, exactly; one statement."""
    names = sorted(set(tables))
    counted = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(name), sql.Identifier(name)) for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return dict(cursor.fetchall())


def _exists(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> Check:
    query = sql.SQL(
        "SELECT {id}, row.{column} AS points_at FROM {table} AS row WHERE row.{column} IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM {target} AS target WHERE target.{target_id} = row.{column})"
    )
    rule = f"{field.column} names a row of {field.related_model._meta.db_table}"  # noqa: SLF001 - as above
    return _check(model, field, rule, query)


def _is_of_the_same_shop(model: type[models.Model], field: models.ForeignKey[Any, Any]) -> Check:
    query = sql.SQL(
        "SELECT {id}, row.shop_id AS shop, target.shop_id AS other_shop FROM {table} AS row"
        " JOIN {target} AS target ON target.{target_id} = row.{column} WHERE target.shop_id <> row.shop_id"
    )
    return _check(model, field, f"{field.column} names a row of the same shop", query)


def _check(model: type[models.Model], field: models.ForeignKey[Any, Any], rule: str, query: sql.SQL) -> Check:
    meta = model._meta  # noqa: SLF001 - as above
    keys = [sql.SQL("row.{}::text").format(sql.Identifier(str(key.column))) for key in meta.pk_fields]
    return Check(
        table=meta.db_table,
        rule=rule,
        query=query.format(
            id=sql.Composed(keys).join(" || ' ' || "),
            table=sql.Identifier(meta.db_table),
            column=sql.Identifier(field.column),
            target=sql.Identifier(field.related_model._meta.db_table),  # noqa: SLF001 - as above
            target_id=sql.Identifier(str(field.target_field.column)),
        ),
    )


def _has_shop(model: type[models.Model]) -> bool:
    return any(field.column == "shop_id" for field in model._meta.local_fields)  # noqa: SLF001 - as above


CHECKS: Final = (
    Check(
        "kernel_idempotency_key",
        "a key that was committed has its answer; placement's answer is the order itself",
        """
        SELECT concat_ws(' ', actor_id, operation, key), created_at FROM kernel_idempotency_key
        WHERE answer IS NULL AND operation <> 'place_order'
        """,
    ),
    Check(
        "kernel_outbox_event",
        "no event was given up on",
        "SELECT id, type, aggregate_id, attempts, last_error FROM kernel_outbox_event WHERE dead_at IS NOT NULL",
    ),
)
