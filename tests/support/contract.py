"""What the committed OpenAPI promises, as Schemathesis asks for it."""

from __future__ import annotations

from typing import Any, Final

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from quanshi.config.openapi import document

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EDGE: Final = "placeOrder"  # what edge answers; Django all the rest


def operations(*, app: Any = None) -> dict[str, Any]:
    """Every operation by its id; `app` answers in this process, where there is one."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = app
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return {operation.definition.raw["operationId"]: operation for operation in found}
