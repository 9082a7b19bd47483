"""Write docs/api/openapi.json, or with --check say whether it is what the code promises."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from quanshi.config import boot

FILE = Path(__file__).resolve().parents[1] / "docs" / "api" / "openapi.json"


def main() -> int:
    boot.set_up_django()
    from quanshi.config.openapi import document  # noqa: PLC0415 - edge and API need Django's settings

    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text)
        return 0
    if FILE.read_text() == text:
        return 0
    print(f"{FILE.name} is not what the code promises; run: python -m tools.openapi")
    return 1


sys.exit(main())
