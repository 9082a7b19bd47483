"""The one document describes every endpoint, of edge and of Django, with the refusals that each may answer."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from quanshi.api.v1.router import api
from quanshi.config.openapi import document
from tests.api.conftest import ADDRESS, Program

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "api" / "openapi.json"


def _schema(path: str, method: str, status: str) -> dict[str, Any]:
    whole = document()
    answer = whole["paths"][path][method]["responses"][status]
    if "$ref" in answer:
        answer = whole["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    (content,) = answer["content"].values()
    found: dict[str, Any] = whole["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    return found


def test_the_committed_document_is_what_is_served() -> None:
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(document()))


def test_every_operation_has_an_id_and_its_refusals() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) >= 7
    for operation in operations:
        assert {"403", "422"} <= set(operation["responses"])


def test_a_key_is_declared_where_it_is_heeded() -> None:
    declared = {
        operation["operationId"]
        for item in document()["paths"].values()
        for operation in item.values()
        if {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    }
    heeded = {
        operation.operation_id
        for _, router in api._routers  # ninja shows its operations in no other way
        for view in router.path_operations.values()
        for operation in view.operations
        if re.search(r"\bwrites\.once|\b_act\(", inspect.getsource(operation.view_func))
    }
    assert declared == heeded


@pytest.mark.django_db
def test_answers_keep_the_promise(program: Program, variant_id: UUID, product_id: UUID) -> None:
    order = program.place(variant_id)
    line = {"variant_id": str(variant_id), "quantity": 1}
    for method, path, promised, body in (
        ("GET", f"products/{product_id}", "/api/v1/products/{product_id}", None),
        ("PUT", "cart/lines", "/api/v1/cart/lines", line),
        ("GET", "cart", "/api/v1/cart", None),
        ("POST", "quotes", "/api/v1/quotes", {"address": ADDRESS}),
        ("GET", f"orders/{order.id}", "/api/v1/orders/{order_id}", None),
        ("POST", f"orders/{order.id}/payments", "/api/v1/orders/{order_id}/payments", {"gateway": "sandbox"}),
        ("PUT", "cart/lines", "/api/v1/cart/lines", {}),
    ):
        answer = program.call(method, path, body)
        schema = _schema(promised, method.lower(), str(answer.status))
        assert set(schema["required"]) <= set(answer.body), path
        assert answer.status == 422 or set(answer.body) <= set(schema["properties"]), path
