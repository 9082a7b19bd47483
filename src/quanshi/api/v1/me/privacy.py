"""What a person has agreed to, a copy of all their data, and its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, Field, SecretStr

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import ExportNotFound
from quanshi.accounts.types import Bar, Consent, ConsentKind, ExportView
from quanshi.api.v1.caller import Door, TokenVisitor, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import SIGNED_IN, open_to
from quanshi.kernel.errors import InvalidInput
from quanshi.tokens.types import Scope

router = Router(tags=["me"])

ZIP: Final = {"responses": {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}}


class ConsentOut(BaseModel):
    kind: str
    version: str
    is_given: bool
    at: datetime

    @classmethod
    def of(cls, consent: Consent) -> ConsentOut:
        return cls(kind=consent.kind.value, version=consent.version, is_given=consent.is_given, at=consent.at)


class ConsentsOut(BaseModel):
    current: dict[str, str] = Field(description="the version of each text that people are asked to agree to now")
    missing: list[str] = Field(description="what still has to be agreed to, in its present version")
    history: list[ConsentOut] = Field(description="all that was said, newest first; the last word on each kind counts")


class ConsentIn(In):
    is_given: bool
    version: str = Field(max_length=32, description="of the text that the person has seen, as `current` names it")


class ProofIn(In):
    """Who asks, by more than a token: whoever has found one must not get at everything."""

    password: SecretStr = Field(
        default=SecretStr(""),
        description="of the account; by cookie it may be left out just after `/accounts/reauthenticate/`",
    )


class ErasureIn(ProofIn):
    is_sure: Literal[True] = Field(description="it cannot be undone")


class ExportOut(BaseModel):
    export_id: UUID
    state: str = Field(description="requested, ready; failed: it grew beyond what is kept")
    requested_at: datetime
    expires_at: datetime
    size_bytes: int

    @classmethod
    def of(cls, export: ExportView) -> ExportOut:
        return cls(
            export_id=export.id,
            state=export.state.value,
            requested_at=export.requested_at,
            expires_at=export.expires_at,
            size_bytes=export.size_bytes,
        )


class ExportList(BaseModel):
    data: list[ExportOut]


class BarOut(BaseModel):
    reason: str
    count: int
    example: str

    @classmethod
    def of(cls, bar: Bar) -> BarOut:
        return cls(reason=bar.reason, count=bar.count, example=bar.example)


class BarList(BaseModel):
    data: list[BarOut] = Field(description="why the account cannot be erased yet; empty: it can")


@router.get("me/consents", response=ConsentsOut, operation_id="readConsents", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def read_consents(request: HttpRequest) -> ConsentsOut:
    """What the person has agreed to, or taken back."""
    person_id = visitor_of(request).actor.id
    return ConsentsOut(
        current={kind.value: selectors.current_version(kind=kind) for kind in ConsentKind},
        missing=[kind.value for kind in selectors.missing_consents(person_id=person_id)],
        history=[ConsentOut.of(consent) for consent in selectors.consent_history(person_id=person_id)],
    )


@router.put(
    "me/consents/{kind}",
    response=ConsentsOut,
    operation_id="recordConsent",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def record_consent(request: HttpRequest, kind: ConsentKind, body: ConsentIn) -> ConsentsOut:
    """Say yes to the present version of a text, or take it back. Entries stay: saying the same twice is one."""
    if body.version != selectors.current_version(kind=kind):
        raise InvalidInput(field="version", value=body.version, reason="not the present version; read it again")
    services.record_consent(person_id=visitor_of(request).actor.id, kind=kind, is_given=body.is_given)
    return read_consents(request)


@router.get("me/exports", response=ExportList, operation_id="listExports", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def list_exports(request: HttpRequest) -> ExportList:
    """The copies of one's data that were asked for and have not expired, newest first."""
    found = selectors.exports_of(person_id=visitor_of(request).actor.id)
    return ExportList(data=[ExportOut.of(export) for export in found])


@router.post(
    "me/exports",
    response={202: ExportOut},
    operation_id="requestExport",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def request_export(request: HttpRequest, body: ProofIn) -> Any:
    """Have the worker write all of one's data into a file. While one is being made, that one is the answer."""
    check_proof(request, body.password)
    person_id = visitor_of(request).actor.id
    export_id = services.request_export(person_id=person_id)
    for export in selectors.exports_of(person_id=person_id):
        if export.id == export_id:
            return ExportOut.of(export)
    raise ExportNotFound(export_id=export_id)


@router.get(
    "me/exports/{uuid:export_id}/file", operation_id="downloadExport", auth=Door(Scope.READ_ME), openapi_extra=ZIP
)
@open_to(SIGNED_IN)
def download_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The file, for its owner alone: a ZIP of JSON files and pictures, for seven days."""
    file = selectors.export_file(person_id=visitor_of(request).actor.id, export_id=export_id)
    return HttpResponse(
        file,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="quanshi-my-data.zip"', "Cache-Control": "no-store"},
    )


@router.get("me/erasure", response=BarList, operation_id="readErasureBars", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def read_bars(request: HttpRequest) -> BarList:
    """What has to end before the account can be erased."""
    bars = selectors.bars_to_erasure(person_id=visitor_of(request).actor.id)
    return BarList(data=[BarOut.of(bar) for bar in bars])


@router.post("me/erasure", response={204: None}, operation_id="eraseMe", auth=Door(Scope.WRITE_ME, has_key=False))
@open_to(SIGNED_IN)
def erase(request: HttpRequest, body: ErasureIn) -> None:
    """Close the account and erase what is personal, for good; orders and books stay without it. Tokens end with it."""
    check_proof(request, body.password)
    visitor = visitor_of(request)
    services.erase_person(person_id=visitor.actor.id)
    if not isinstance(visitor, TokenVisitor):
        logout(request)


def check_proof(request: HttpRequest, password: SecretStr) -> None:
    """The page's own question: by cookie as lately answered there, else by the password. Raises: ProofRefused."""
    visitor = visitor_of(request)
    if isinstance(visitor, TokenVisitor) or not _has_answered(request):
        services.prove_person(person_id=visitor.actor.id, password=password.get_secret_value())


def _has_answered(request: HttpRequest) -> bool:
    try:
        _ask_for_fresh_sign_in(request)
    except ReauthenticationRequired:
        return False
    return True


def _nothing(request: HttpRequest) -> None:
    """What may be done once the question is answered."""


_ask_for_fresh_sign_in: Final[Callable[[HttpRequest], None]] = reauthentication_required(_nothing)
