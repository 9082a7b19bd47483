"""Files made from other files: message catalogues and the collected static files. Made anew only when outdated."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.core.management import call_command

PACKAGE: Final = Path(__file__).resolve().parents[1]


def compile_messages() -> int:
    """Compile every catalogue that is newer than its compiled form; how many there were."""
    count = 0
    for source in PACKAGE.rglob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}")  # readers see the old one or the new one
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(target)
        count += 1
    return count


def collect_static(*, target: Path) -> bool:
    """Collect the static files when one of them has changed; True when so. Needs Django set up."""
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415 - needs the apps

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = os.stat(storage.path(path))  # noqa: PTH116 - thousands of files, and a string comes in
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = target.with_name(f"{target.name}.stamp")
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=target.exists())
    stamp.write_text(digest.hexdigest())
    return True
