"""The project's own settings with one page more: an empty one, to compare with."""

from quanshi.config.settings import *  # noqa: F403

ROOT_URLCONF = "urls"
