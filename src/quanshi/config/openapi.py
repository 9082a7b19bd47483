"""The one OpenAPI document: what edge serves and what Django serves."""

from __future__ import annotations

from typing import Any

from quanshi.api.v1 import openapi as api
from quanshi.edge import openapi as edge
from quanshi.edge.app import ORDERS_PATH


def document() -> dict[str, Any]:
    """As it is committed in docs/api/openapi.json and served at /api/v1/openapi.json."""
    whole, more = edge.document(orders_path=ORDERS_PATH), api.document()
    schemas = {**whole["components"]["schemas"], **more["components"]["schemas"]}
    return {
        **whole,
        "paths": {**whole["paths"], **more["paths"]},
        "components": {**more["components"], "schemas": dict(sorted(schemas.items()))},
    }
