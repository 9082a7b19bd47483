"""What the API promises to programs, in OpenAPI 3.1, as far as Django serves it."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any, Final

from quanshi.api.v1 import writes
from quanshi.api.v1.caller import JSON, Door
from quanshi.api.v1.router import PREFIX, api
from quanshi.kernel.idempotency import MAX_KEY_LENGTH
from quanshi.kernel.problems import MEDIA_TYPE
from quanshi.tokens.types import Scope

REFUSALS: Final = {
    HTTPStatus.UNAUTHORIZED: "The token is not valid.",
    HTTPStatus.FORBIDDEN: "Another site's page sent this, the token lacks the scope, or it is not allowed.",
    HTTPStatus.NOT_FOUND: "It does not exist, or it is somebody else's.",
    HTTPStatus.GONE: "The shop has closed for good.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is wrong: `field`, `value`, `reason`; all of them in `errors`.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is reached; `code` says which.",
}
WRITE_REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not what it is declared as.",
    HTTPStatus.CONFLICT: "Something has changed meanwhile; `code` says what.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not declared as what the endpoint takes.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Try again after Retry-After seconds.",
}
PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
ALL_REFUSALS: Final = (
    REFUSALS
    | WRITE_REFUSALS
    | {HTTPStatus.PRECONDITION_FAILED: "Somebody has changed it meanwhile; `etag` is what it is now."}
)
SECURITY: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal token (`qsp_...`) or a shop's (`qss_...`). The scope that an operation takes stands"
        " beside it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "quanshi_session",
        "description": "Somebody signed in on the pages, or a guest. The name ends with an underscore and the port.",
    },
}
KEY: Final = {
    "name": writes.HEADER,
    "in": "header",
    "description": "the same key again happens once, answered as the first time; an order or a case as it is by then",
    "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"},
    "example": "order-1027-parcel-1",
}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "description": "the ETag that was read; 412 when it is another one by now",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
}
IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "the ETag that is known; 304 when it is still right",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
}
PARAMETERS: Final = {"IdempotencyKey": KEY, "IfMatch": IF_MATCH, "IfNoneMatch": IF_NONE_MATCH}
ETAG: Final = {"ETag": {"description": "names what was read, byte for byte", "schema": {"type": "string"}}}


def document() -> dict[str, Any]:
    """Paths and schemas as plain values; each operation with who may call it and the refusals it may answer."""
    found = dict(api.get_openapi_schema(path_prefix=PREFIX))
    doors = _doors()
    for path in found["paths"].values():
        for method, operation in path.items():
            _complete(operation, method=method, door=doors[operation["operationId"]])
    return {
        "paths": found["paths"],
        "components": {
            "schemas": found["components"]["schemas"],
            "responses": {
                _name(status): {"description": ALL_REFUSALS[status], "content": PROBLEM} for status in ALL_REFUSALS
            },
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY,
        },
    }


def _name(status: HTTPStatus) -> str:
    return status.phrase.title().replace(" ", "")


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _doors() -> dict[str, Door]:
    return {
        operation.operation_id: door
        for _, router in api._routers  # noqa: SLF001 - ninja shows its operations in no other way
        for view in router.path_operations.values()
        for operation in view.operations
        for door in operation.auth_callbacks
        if operation.operation_id and isinstance(door, Door)
    }


def _complete(operation: dict[str, Any], *, method: str, door: Door) -> None:
    refusals = list(REFUSALS if method == "get" else REFUSALS | WRITE_REFUSALS)
    parameters = operation.setdefault("parameters", [])
    text = operation.get("description", "")
    operation["description"] = inspect.cleandoc(text)
    answers = {str(int(status)): answer for status, answer in operation["responses"].items()}
    if method == "get":
        if JSON in answers["200"]["content"]:  # a file is sent while it is written: nobody knows its tag before
            parameters.append(_parameter("IfNoneMatch"))
            answers["304"] = {"description": "It is still what the caller knows."}
            answers["200"]["headers"] = ETAG
    elif door.has_key:
        parameters.append(_parameter("IdempotencyKey"))
    if "If-Match" in text:
        parameters.append(_parameter("IfMatch"))
        refusals.append(HTTPStatus.PRECONDITION_FAILED)
        if "200" in answers:
            answers["200"]["headers"] = ETAG
    if isinstance(door.scope, Scope):
        operation["security"] = [{"token": [door.scope.value]}]
    else:
        operation["security"] = [{"token": []}]
    if door.content == JSON or method == "get":
        operation["security"] += [{"session": []}, *([] if "shop_id" in str(parameters) else [{}])]
    operation["responses"] = answers | {
        str(status.value): {"$ref": f"#/components/responses/{_name(status)}"} for status in refusals
    }
