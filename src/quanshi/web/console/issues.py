"""What an import says about a row, in the reader's language.

The catalogue writes its reasons in English, for every log and report; this names each of them once more. A reason that
is not named here is shown as it was written.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

PICTURE: Final = "picture: "  # begins what is said about a picture of the row
FILE: Final = "the file "  # begins what is said about the file as a whole

REASONS: Final[tuple[str, ...]] = (
    # cells
    _("is missing"),
    _("contains a line break"),
    _("may hold letters, digits, hyphens, underscores and dots only"),
    _("is no plain non-negative amount; write it like 19.90"),
    _("not a number; write it like 19.90"),
    _("not a plain non-negative number; write it like 19.90"),
    _("the amount is too large"),
    _("the amount is too long"),
    _("%(currency)s has %(places)s decimals"),
    _("is no whole non-negative number"),
    _("is no weight in grams"),
    _("is neither TRUE nor FALSE"),
    _("holds more than %(most)s tags"),
    _("holds a tag longer than %(most)s characters"),
    _("is deeper than %(most)s levels"),
    _("holds a name longer than %(most)s characters"),
    _("holds bytes that are not valid UTF-8"),
    _("holds control characters"),
    _("is longer than %(most)s characters"),
    _("was rounded by a spreadsheet; format the column as text and enter the digits anew"),
    _("holds a line that is not written as name: value"),
    _("holds a value longer than %(most)s characters"),
    _("names the same attribute twice"),
    _("holds more than %(most)s attributes"),
    _("is no measure such as 500 g, 750 ml or 6 ct"),
    _("is no date such as 2026-12-31 20:00"),
    _("is not after the moment of going on sale"),
    _("is more than %(most)s"),
    _("holds more than %(most)s pictures"),
    _("is a formula that found no value"),
    # rows and products
    _("is missing on the product's first row"),
    _("is none of %(choices)s"),
    _("is missing although a later option has a name"),
    _("names the same option twice"),
    _("a product has at most %(most)s options"),
    _("holds neither a variant nor a picture"),
    _("is not above the price and is ignored"),
    _("is missing; the product has the option %(name)s"),
    _("has no option name on the product's first row"),
    _("the same combination of options stands on line %(line)s already"),
    _("another variant of the shop has it too"),
    _("no variant of this product could be taken"),
    _("the product's first row (line %(line)s) was refused"),
    _("the product has more than %(most)s rows"),
    _("differs from the product's first row (line %(line)s) and is ignored"),
    _("differs from the product's first row, which says %(name)s"),
    _("the row has %(cells)s columns, the header has %(columns)s"),
    _("the row is longer than %(most)s characters; is a quotation mark lost?"),
    _("a quotation mark is not closed, or stands inside a value without a second"),
    _("a quotation mark is not closed"),
    # the file
    _("is empty"),
    _("is neither UTF-8 nor GB18030 text; save it as CSV UTF-8 and try again"),
    _("there is no header row"),
    _("is an old or a locked spreadsheet workbook; save it as .xlsx without a password"),
    _("is UTF-16 text; save it as CSV UTF-8"),
    _("declares a document type or entities, which a product list never needs"),
    _("is broken XML on line %(line)s: %(what)s"),
    _("holds no <item> of a Google Merchant feed"),
    _("nests elements more than %(most)s deep"),
    _("holds a tag or a comment of more than %(most)s MB"),
    _("uses more than %(most)s different names"),
    _("is a broken workbook or another archive; save it anew as .xlsx"),
    _("is a workbook that cannot be read; save it anew as .xlsx"),
    _("is a workbook that unpacks to more than is read; split it into several"),
    _("its description is longer than the %(most)s characters of a workbook's cell; take another format"),
    _("these columns are missing: %(columns)s"),
    _("these columns stand there twice"),
    _("the columns must be separated by commas"),
    _("is not where it was put: do all processes share one folder of originals?"),
    _("was begun %(most)s times and never came to its end; it is not tried again"),
    # pictures
    _("there is no such file beside the list"),
    _("is no plain file inside the list's folder"),
    _("the list came without the folder that holds this file"),
    _("is larger than %(most)s MB"),
    _("leads to something that is no web address"),
    _("redirects more than %(most)s times"),
    _("too many hosts did not answer; import again to try once more"),
    _("the host's name is unknown"),
    _("the host did not answer in time"),
    _("the host could not be reached"),
    _("the host's address is not a public one"),
    _("the host answered %(status)s"),
    _("is no picture but %(kind)s"),
    _("has more than 100 million pixels"),
    _("is no JPEG, PNG, WebP, AVIF or GIF"),
    _("is broken"),
    # other tables: reviews
    _("the shop has no such goods"),
    _("use 1 to 5"),
    _("write it like 2026-03-01 18:30:00"),
    _("no day on which anybody could have written it"),
    # parcels
    _("no row has a tracking number"),
    _("not a carrier we know"),
    _("not in this carrier's form"),
    _("the shop has no order of this number"),
    _("this order cannot be shipped now"),
    _("nothing of this order is left to ship"),
    _("this order has no such goods"),
    _("name the goods by their SKU"),
    _("use 1 or more"),
    _("fewer units than these are left to ship"),
    _("the buyer picks this order up"),
    _("whoever sent the file may not ship any more"),
    # counts
    _("not a line of this count"),
    _("goods of this line left or came while it was counted; count it again"),
    _("so many are promised to orders that the count cannot be so low"),
    _("these goods were counted otherwise after this count; count them in a new one"),
    # words
    _("contains control characters"),
    _("use at most %(most)s characters"),
    _("contains characters that are no text"),
    _("cannot be read: %(error)s"),
    _("was kept as a number and has lost its last digits; format the column as text"),
)
VARIABLE: Final = re.compile(r"%\\\((\w+)\\\)s")  # as re.escape writes a variable


def _pattern(reason: str) -> re.Pattern[str]:
    return re.compile(VARIABLE.sub(r"(?P<\1>.+)", re.escape(reason)), re.DOTALL)


PATTERNS: Final = {reason: _pattern(reason) for reason in REASONS}


def in_words(reason: str) -> str:
    """`reason`, as the catalogue wrote it, in the language of the page."""
    if reason.startswith(PICTURE):
        return gettext("picture: %(reason)s") % {"reason": in_words(reason.removeprefix(PICTURE))}
    if reason not in PATTERNS and reason.startswith(FILE):
        return gettext("the file: %(reason)s") % {"reason": in_words(reason.removeprefix(FILE))}
    for known, pattern in PATTERNS.items():
        if found := pattern.fullmatch(reason):
            return gettext(known) % found.groupdict()
    return reason
