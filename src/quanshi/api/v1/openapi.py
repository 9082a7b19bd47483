"""What the API promises to programs, in OpenAPI 3.1, as far as Django serves it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from quanshi.api.v1.router import PREFIX, api
from quanshi.kernel.problems import MEDIA_TYPE

REFUSALS: Final = {
    HTTPStatus.FORBIDDEN: "Another site's page sent this, or it is not allowed.",
    HTTPStatus.NOT_FOUND: "It does not exist, or it is somebody else's.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is wrong: `field`, `value`, `reason`; all of them in `errors`.",
}
WRITE_REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not JSON.",
    HTTPStatus.CONFLICT: "Something has changed meanwhile; `code` says what.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not declared as JSON.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is reached; `code` says which.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Try again after Retry-After seconds.",
}


def document() -> dict[str, Any]:
    """Paths and schemas as plain values; each operation with the refusals that it may answer."""
    found = dict(api.get_openapi_schema(path_prefix=PREFIX))
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in found["paths"].values():
        for method, operation in path.items():
            refusals = REFUSALS if method == "get" else REFUSALS | WRITE_REFUSALS
            operation["responses"] = {
                **{str(int(status)): answer for status, answer in operation["responses"].items()},
                **{str(status.value): {"description": words, "content": problem} for status, words in refusals.items()},
            }
    return {"paths": found["paths"], "components": {"schemas": found["components"]["schemas"]}}
