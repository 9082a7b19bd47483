"""What edge promises to programs, in OpenAPI 3.1. `python -m tools.openapi` writes docs/api/openapi.json."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from quanshi import __version__

PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; further members are the facts of the refusal.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:quanshi:problem:sold_out"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
    "additionalProperties": True,
}
PLACED: Final = {
    "type": "object",
    "required": ["outcome", "pay_url", "orders"],
    "properties": {
        "outcome": {"enum": ["placed", "partly_placed"]},
        "pay_url": {"type": "string", "description": "where the buyer pays all that was placed, on this host"},
        "orders": {
            "type": "array",
            "description": "one a shop, in the order of the quote",
            "items": {
                "type": "object",
                "required": ["order_id", "shop_id", "outcome"],
                "properties": {
                    "order_id": {"type": "string", "format": "uuid"},
                    "shop_id": {"type": "string", "format": "uuid"},
                    "outcome": {
                        "enum": ["placed", "sold_out", "shop_closed", "too_many_unpaid", "over_limit", "claim_refused"]
                    },
                    "number": {"type": "string", "description": "what people read aloud; of a placed order"},
                },
                "additionalProperties": True,
            },
        },
        "payment": {
            "type": "object",
            "description": "how the payer gets to the gateway that was named; what does not apply is empty",
            "required": ["redirect_url", "qr_text", "parameters"],
            "properties": {
                "redirect_url": {"type": "string", "description": "an address to send the payer to"},
                "qr_text": {"type": "string", "description": "what a QR code for the payer to scan says"},
                "parameters": {
                    "type": ["object", "null"],
                    "description": "what the gateway's script or app takes",
                    "additionalProperties": {"type": "string"},
                },
            },
            "additionalProperties": False,
        },
        "payment_problem": {
            "$ref": "#/components/schemas/Problem",
            "description": "why there is no payment yet; the orders stand, and startPayment begins one",
        },
    },
    "additionalProperties": False,
}
REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The body is not what its content type says.",
    HTTPStatus.FORBIDDEN: "Another site's page sent this.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time.",
    HTTPStatus.CONFLICT: (
        "Nothing was placed: sold_out (with variant_id and available), shop_closed, claim_refused (with kind), "
        "key_reused or quote_used (with order_id)."
    ),
    HTTPStatus.GONE: "The quote has expired and placed nothing.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 64 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Neither JSON nor a form.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The quote is not ours, the key cannot be one, or the gateway is not offered.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is reached: too_many_unpaid, or over_limit with variant_id and limit.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This order cannot be placed; nothing was charged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Try again after Retry-After seconds, with the same key.",
}


def document(*, orders_path: str) -> dict[str, Any]:
    """The OpenAPI document as plain values."""
    schema = {"quote": {"type": "string", "description": "the signed quote, as the checkout made it"}}
    gateway = {
        "gateway": {
            "type": "string",
            "description": (
                "begin to pay what is placed as startPayment does, and say so in `payment`. An answer that comes again "
                "when the quote has run out says nothing of paying, and one after the guest has signed in knows no "
                "order of theirs: startPayment begins the payment then"
            ),
        }
    }
    key = {"key": {"type": "string", "description": "as Idempotency-Key"}}
    placed = {"application/json": {"schema": {"$ref": "#/components/schemas/Placed"}}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quanshi",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            orders_path: {
                "post": {
                    "operationId": "placeOrder",
                    "summary": "Place exactly the orders of a signed quote",
                    "description": "The same key again answers what happened the first time. No cookie is read.",
                    "parameters": [
                        {
                            "name": "Idempotency-Key",
                            "in": "header",
                            "description": "1 to 64 visible characters; the quote's own id when left out",
                            "schema": {"type": "string", "maxLength": 64},
                        }
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "required": ["quote"], "properties": schema | gateway}
                            },
                            "application/x-www-form-urlencoded": {
                                "schema": {"type": "object", "required": ["quote"], "properties": schema | key}
                            },
                        },
                    },
                    "responses": {
                        "201": {"description": "Placed now.", "content": placed},
                        "200": {"description": "Placed before, under the same key.", "content": placed},
                        "303": {"description": "To a form: on to paying, or to the page that says why not."},
                        **{
                            str(status.value): {"description": words, "content": problem}
                            for status, words in REFUSALS.items()
                        },
                    },
                }
            }
        },
        "components": {"schemas": {"Placed": PLACED, "Problem": PROBLEM}},
    }
