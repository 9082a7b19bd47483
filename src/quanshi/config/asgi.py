"""The ASGI entry point of one box: files, edge, and Django behind its bridge."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from quanshi.config import cores, environment, lifeline
from quanshi.config.wsgi import application  # sets Django up, which all that follows needs

# isort: split
from quanshi.config.openapi import document
from quanshi.edge.app import create_app
from quanshi.edge.bridge import WsgiBridge
from quanshi.edge.files import Files
from quanshi.edge.request_id import RequestIds

cores.keep_to_one(processes=environment.read().workers)  # before any thread of granian's or ours begins
lifeline.end_with_parent()

app = Files(
    RequestIds(
        create_app(fallback=WsgiBridge(application), lanes=settings.PLACEMENT_LANES, description=document()),
    ),
    static_files=WhiteNoiseMiddleware(None).files,
    static_url=settings.STATIC_URL,
    media_root=Path(settings.MEDIA_ROOT),
    media_url=settings.MEDIA_URL,
)
