"""Statements of the busiest paths: PostgreSQL parses and plans each once a connection, and nothing composes them anew.

They run on Django's own connection and in its transaction, by libpq's calls: psycopg's cursor is made for whatever may
come, and what it looks into each time costs as much as most of these do. Values and rows are what psycopg makes of
them. Everything else is written with the ORM.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, LiteralString, NamedTuple, cast
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

FINE: Final = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK})
OUTDATED: Final = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
VALUE: Final = re.compile(r"%\((\w+)\)s")

# by connection, what has been prepared there: of one statement several, where a value may be of several types
_names: WeakKeyDictionary[psycopg.Connection[Any], dict[tuple[str, tuple[int, ...]], bytes]] = WeakKeyDictionary()
_numbers = itertools.count()


class _Statement(NamedTuple):
    """As PostgreSQL reads it: values by number."""

    text: bytes
    values: tuple[str, ...]  # the names of the values, in that order
    formats: tuple[PyFormat, ...]


def fetch(*, sql: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of `sql`, which takes `values` by name. JSON comes as text, as from any of Django's cursors.

    Raises: what Django's cursors raise.
    """
    own = connections[DEFAULT_DB_ALIAS]  # once: the proxy that stands for it looks it up at every word
    if own.connection is None:
        own.ensure_connection()
    if own.queries_logged:  # as Django's own cursors do: tests count queries by it
        own.queries_log.append({"sql": sql, "time": ""})
    with own.wrap_database_errors:
        return _fetch(own.connection, _read(sql), sql, values)


def _fetch(
    connection: psycopg.Connection[Any], statement: _Statement, sql: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    adapt = Transformer(connection)
    sent = adapt.dump_sequence([values[name] for name in statement.values], statement.formats)
    line = connection.pgconn
    if line.transaction_status == pq.TransactionStatus.IDLE and not connection.autocommit:
        _checked(line, line.exec_(b"BEGIN"))  # as psycopg does before the first statement of a transaction
    known = _names.get(connection)
    if known is None:
        known = _names[connection] = {}
    key = (sql, adapt.types or ())
    if (name := known.get(key)) is None:
        name = b"quanshi_%d" % next(_numbers)  # never twice: what became of one that failed is not known
        _checked(line, line.prepare(name, statement.text, adapt.types))
        known[key] = name
    try:
        # None is NULL, whatever the stub says
        result = _checked(line, line.exec_prepared(name, cast("Sequence[bytes]", sent), adapt.formats))
    except OUTDATED:  # a migration has changed what it reads: the next one prepares it anew
        del known[key]
        raise
    adapt.set_pgresult(result)
    return adapt.load_rows(0, result.ntuples, tuple)


def _checked(line: pq.abc.PGconn, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in FINE:
        return result
    if line.status == pq.ConnStatus.BAD:  # what libpq says by itself has no code to tell its kind
        raise psycopg.OperationalError(result.get_error_message())
    raise psycopg.errors.error_from_result(result)


@cache
def _read(sql: str) -> _Statement:
    names = tuple(dict.fromkeys(VALUE.findall(sql)))
    text = VALUE.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return _Statement(text.replace("%%", "%").encode(), names, (PyFormat.AUTO,) * len(names))
