from __future__ import annotations

from django.apps import AppConfig


class OperatorConfig(AppConfig):
    """Its own label, so that the admin of other packages is not found: what is not named in site.py is not there."""

    name = "quanshi.web.operator"
    label = "operator"
