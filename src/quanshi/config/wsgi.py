"""The WSGI entry point of Django."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanshi.config.settings")
application = get_wsgi_application()
