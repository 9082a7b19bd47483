"""The project's own settings on a throw-away home: nothing a test does can reach an operator's data."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="quanshi-test-"))
HOME.chmod(0o711)  # started by root, PostgreSQL runs as another user and must get through to its own folder
os.environ["QUANSHI_HOME"] = str(HOME)
for name in [name for name in os.environ if name.startswith("QUANSHI_") and name != "QUANSHI_HOME"]:
    del os.environ[name]  # the developer's own installation must not colour the tests

from quanshi.config.settings import *  # noqa: E402, F403 - the environment above has to be set first
from quanshi.config.settings import DATABASES, ENV, MEDIA_ROOT, STATIC_ROOT, STORAGES  # noqa: E402

# one connection a thread, closed by who opened it: a pool's own threads would outlive the test database
DATABASES["default"]["OPTIONS"].pop("pool")
IS_DATABASE_EMBEDDED = ENV.is_database_embedded

# pages name their static files without collectstatic and its manifest
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MEDIA_ROOT.mkdir()
STATIC_ROOT.mkdir()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nobody's real password
