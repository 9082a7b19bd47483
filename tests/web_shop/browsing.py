"""What a browser without JavaScript sends, and what it reads from a page."""

from __future__ import annotations

import re
from html import unescape

ENGLISH = {"accept-language": "en"}
ADDRESS = {
    "recipient": "周一",
    "phone": "138 0000 0000",
    "region": "浙江省 杭州市",
    "street": "文三路 1 号",
    "postcode": "",
    "country": "CN",
}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, name
    return found[1]


def plain(page: str) -> str:
    """The words of a page, with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))
