"""The WSGI entry point of Django."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

from quanshi.kernel.errors import DomainError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanshi.config.settings")

FOR_PROGRAMS: Final = ("/api/", "/payments/notify/")
DECISION: Final = ("POST", "/sandbox-pay/pay")  # what is shown there is a page; what comes of it is none


class ProgramHandler(WSGIHandler):
    """Django for programs, which have no use for what only a page needs: its forms, messages, frames and scripts."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        self._view_middleware: list[Callable[..., Any]] = []
        self._template_response_middleware: list[Callable[..., Any]] = []
        self._exception_middleware: list[Callable[..., Any]] = [_refusal]
        chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.PROGRAM_MIDDLEWARE):
            chain = convert_exception_to_response(import_string(path)(chain))
        self._middleware_chain = chain
        self._matches: dict[str, ResolverMatch] = {}

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """As Django's; but where nothing in the path varies, what is found first is what will be found."""
        if hasattr(request, "urlconf"):  # of a shop's own domain
            return super().resolve_request(request)
        match = self._matches.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if not (match.args or match.kwargs):  # so there are never more of them than routes
                self._matches[request.path_info] = match
        request.resolver_match = match
        return match


def _refusal(_request: HttpRequest, error: Exception) -> HttpResponse | None:
    """What pages say with a page, programs hear as a problem document."""
    if not isinstance(error, DomainError):
        return None
    from quanshi.api.v1 import problems  # noqa: PLC0415 - Django has to be set up first

    return problems.of_refusal(error)


class Application:
    """Pages and programs, told apart by their paths."""

    def __init__(self) -> None:
        self._pages = get_wsgi_application()
        self._programs = ProgramHandler()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        is_program = path.startswith(FOR_PROGRAMS) or (environ["REQUEST_METHOD"], path) == DECISION
        return (self._programs if is_program else self._pages)(environ, start_response)


application = Application()
