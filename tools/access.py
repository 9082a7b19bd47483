"""Write docs/access.md, or with --check say whether it is what the routes say."""

from __future__ import annotations

import sys
from pathlib import Path

from quanshi.config import boot

FILE = Path(__file__).resolve().parents[1] / "docs" / "access.md"


def main() -> int:
    boot.set_up_django()
    from quanshi.config import access  # noqa: PLC0415 - the routes need Django's settings

    if silent := [route.path for route in access.routes() if route.access is None]:
        print(f"these say for whom they are nowhere; see kernel/access.py: {', '.join(silent)}")
        return 1
    text = access.document()
    if "--check" not in sys.argv:
        FILE.write_text(text)
        return 0
    if FILE.exists() and FILE.read_text() == text:
        return 0
    print(f"{FILE.name} is not what the routes say; run: python -m tools.access")
    return 1


sys.exit(main())
