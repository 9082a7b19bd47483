"""What the console's forms take. A form parses; rules and permission stay with the services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.fulfilment.types import CARRIERS
from quanshi.kernel import ids
from quanshi.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound
from quanshi.kernel.money import Money, parse_money
from quanshi.orders.types import AfterSaleLineView, AfterSaleView, OrderLineView, OrderView
from quanshi.payments.types import Bank, RefundDestination, RefundTarget
from quanshi.web import refusals
from quanshi.web.console import words
from quanshi.web.words import CARRIER

ENGLISH: Final = "en"  # the language in which a shop says things beside its own
IMPORT_MAX_BYTES: Final = 50 * 1024 * 1024
PICTURE_MAX_BYTES: Final = 20 * 1024 * 1024
LOGO_MAX_BYTES: Final = 2 * 1024 * 1024
COUNT_MAX: Final = 9_999_999
SYNONYM_SEPARATORS: Final = re.compile(r"[,，、;；\n]")
LIMIT_MAX: Final = 999  # what one line of an order takes
CURRENCIES: Final = ("CNY", "HKD", "TWD", "USD", "EUR", "GBP", "JPY", "KRW", "SGD", "MYR", "THB", "AUD", "CAD")


class ConsoleForm(forms.Form):
    """A form that tells of refusals beside the field they speak of."""

    required_css_class = "is-required"

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn a refusal of the service into an error of this form; who may not be here is left to the middleware."""
        try:
            yield
        except (NotAllowed, NotFound):
            raise
        except DomainError as refusal:
            field = self.field_of(refusal)
            self.add_error(field if field in self.fields else None, refusals.sentence(refusal))

    def field_of(self, refusal: DomainError) -> str:
        """The name of the field that a refusal speaks of, if it is one of this form."""
        return str(refusal.details.get("field", ""))


class MoneyField(forms.CharField):
    """An amount in major units, cleaned to Money of the form's currency."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "input-money"})
        super().__init__(max_length=24, widget=widget, **options)

    def clean(self, value: Any) -> Money | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_money(text, self.currency)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusals.sentence(refusal)) from None


class UploadField(forms.FileField):
    """A file of at most `max_bytes`; Django itself has no such limit."""

    def __init__(self, *, max_bytes: int, accept: str, **options: Any) -> None:
        self.max_bytes = max_bytes
        super().__init__(widget=forms.FileInput(attrs={"accept": accept}), max_length=200, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file.size > self.max_bytes:
            limit = self.max_bytes // (1024 * 1024)
            raise forms.ValidationError(_("The file is too large: at most %(limit)s MB."), params={"limit": limit})
        return file


def colour_input() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "color"})


class OpenShopForm(ConsoleForm):
    name = forms.CharField(
        label=_("Name of the shop"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    slug = forms.CharField(
        label=_("Address"),
        max_length=48,
        required=False,
        help_text=_("Small letters, digits and hyphens. It cannot be changed later."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in CURRENCIES], help_text=_("It cannot be changed later.")
    )
    accent = forms.CharField(label=_("Accent colour"), initial="#cf3d27", max_length=7, widget=colour_input())


class SettingsForm(ConsoleForm):
    name = forms.CharField(label=_("Name of the shop"), max_length=80)
    tagline = forms.CharField(label=_("One line about the shop"), max_length=160, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    tagline_en = forms.CharField(label=_("The line in English"), max_length=160, required=False)
    accent = forms.CharField(label=_("Accent colour"), max_length=7, widget=colour_input())
    contact_phone = forms.CharField(
        label=_("Telephone for buyers"), max_length=24, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    contact_email = forms.EmailField(label=_("E-mail address for buyers"), max_length=254, required=False)
    contact_wechat = forms.CharField(
        label=_("WeChat ID for buyers"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Everybody can read what stands here, on the shop's pages and beside an order."),
    )


class DomainForm(ConsoleForm):
    name = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("A name alone, like tea.example.com: no https, no path, no port."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class LogoForm(ConsoleForm):
    logo = UploadField(
        label=_("Logo"),
        max_bytes=LOGO_MAX_BYTES,
        accept="image/png,image/jpeg,image/webp",
        help_text=_("PNG, JPEG or WebP, at most 2 MB. It is shown as a small square."),
    )


class ShipForm(ConsoleForm):
    """One parcel: how many of each line that still has units to ship."""

    carrier = forms.ChoiceField(label=_("Carrier"), choices=[(c.value, CARRIER[c]) for c in CARRIERS])
    tracking_number = forms.CharField(
        label=_("Tracking number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: OrderView) -> None:
        super().__init__(data, initial={"key": str(ids.new_id())})
        self.order = order
        self.line_fields: list[tuple[UUID, str]] = []
        for line in order.lines:
            name = f"line_{line.id}"
            self.line_fields.append((line.id, name))
            # no greatest value here: the same form sent twice must reach the service, which knows it by its key
            self.fields[name] = forms.IntegerField(
                label=line.title,
                min_value=0,
                initial=line.to_ship,
                required=False,
                widget=forms.NumberInput(attrs={"max": line.to_ship}),
            )

    def lines(self) -> Iterator[tuple[OrderLineView, forms.BoundField]]:
        """Each line that has units to ship with its field, for the template."""
        by_id = {line.id: line for line in self.order.lines}
        return ((by_id[line_id], self[name]) for line_id, name in self.line_fields if by_id[line_id].to_ship)

    def field_of(self, refusal: DomainError) -> str:
        if "order_line_id" in refusal.details:
            return f"line_{refusal.details['order_line_id']}"
        return super().field_of(refusal)

    def quantities(self) -> list[tuple[UUID, int]]:
        return [(line_id, self.cleaned_data[name]) for line_id, name in self.line_fields if self.cleaned_data[name]]

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.quantities():
            raise forms.ValidationError(_("Put at least one item into the parcel."))
        return self.cleaned_data


class PickupPointForm(ConsoleForm):
    name = forms.CharField(label=_("Name of the place"), max_length=40)
    address = forms.CharField(label=_("Address"), min_length=2, max_length=200)
    hours = forms.CharField(
        label=_("Opening hours"), max_length=120, required=False, help_text=_("Like: daily 9:00 to 21:00")
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=24, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    instructions = forms.CharField(
        label=_("How it goes there"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where to ask, what to bring, where to park."),
    )


class PickupCodeForm(ConsoleForm):
    code = forms.CharField(
        label=_("Pick-up code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "input-code"}
        ),
    )


class PolicyForm(ConsoleForm):
    """Field names are those of the refusal: text_ and the locale."""

    text_ = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Plain words. A line that begins with # is a heading, with - an item of a list."),
    )
    text_en = forms.CharField(
        label=_("Text in English"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )


class CancelForm(ConsoleForm):
    reason = forms.CharField(
        label=_("Reason, for the buyer to read"), max_length=48, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class RedirectForm(ConsoleForm):
    """Where a refund goes that could not arrive. The card's fields are asked for on the way to a card alone."""

    target = forms.ChoiceField(choices=[(target.value, target.value) for target in RefundTarget])
    bank = forms.ChoiceField(label=_("Bank"), choices=[("", "—"), *words.BANKS.items()], required=False)
    card_number = forms.CharField(
        label=_("Number of the debit card"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder = forms.CharField(
        label=_("Name of the card's holder"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_card_number(self) -> str:
        return "".join(str(self.cleaned_data["card_number"]).split())

    def destination(self) -> RefundDestination:
        given = self.cleaned_data
        if given["target"] != RefundTarget.PAYER_CARD:
            return RefundDestination(target=RefundTarget(given["target"]))
        return RefundDestination(
            target=RefundTarget.PAYER_CARD,
            bank=Bank(given["bank"]) if given["bank"] else None,
            card_number=given["card_number"],
            holder=given["holder"],
        )


class DeclineForm(ConsoleForm):
    answer = forms.CharField(
        label=_("Why it is declined, for the buyer to read"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class PictureForm(ConsoleForm):
    file = UploadField(
        label=_("Picture"), max_bytes=PICTURE_MAX_BYTES, accept="image/png,image/jpeg,image/webp,image/avif"
    )
    alt = forms.CharField(label=_("What it shows, for people who cannot see it"), max_length=512, required=False)


class PictureChangeForm(ConsoleForm):
    """What the buttons of one picture send; what is left out stays as it is."""

    position = forms.IntegerField(min_value=1, max_value=COUNT_MAX, required=False)
    alt = forms.CharField(max_length=512, required=False)

    def change(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.data if name in self.fields}


class CountForm(ConsoleForm):
    variant_id = forms.UUIDField()
    location_id = forms.UUIDField()
    on_hand = forms.IntegerField(label=_("Counted"), min_value=0, max_value=COUNT_MAX)
    note = forms.CharField(max_length=200, required=False)


class LocationForm(ConsoleForm):
    name = forms.CharField(label=_("Name of the place"), max_length=80)
    priority = forms.IntegerField(
        label=_("Place in the order"),
        min_value=1,
        max_value=999,
        initial=1,
        help_text=_("The lowest number is emptied first."),
    )


class ImportForm(ConsoleForm):
    file = UploadField(
        label=_("Product file"),
        max_bytes=IMPORT_MAX_BYTES,
        accept=".csv,.tsv,.txt,.xml,.xlsx,text/csv,text/xml",
        help_text=_("XLSX, Shopify CSV, or Google Merchant TSV or XML; at most 50 MB."),
    )


class InspectionForm(ConsoleForm):
    """How many units of each line came back fit to be sold again."""

    def __init__(self, *args: Any, case: AfterSaleView, **options: Any) -> None:
        super().__init__(*args, **options)
        self.case = case
        self.line_fields = [(line, f"line_{line.order_line_id}") for line in case.lines if line.quantity]
        for line, name in self.line_fields:
            self.fields[name] = forms.IntegerField(
                label=line.title, min_value=0, max_value=line.quantity, initial=line.quantity
            )

    def lines(self) -> Iterator[tuple[AfterSaleLineView, forms.BoundField]]:
        return ((line, self[name]) for line, name in self.line_fields)

    def quantities(self) -> dict[UUID, int]:
        return {line.order_line_id: self.cleaned_data[name] for line, name in self.line_fields}


class SynonymsForm(ConsoleForm):
    """Words that mean the same, with commas between them. `group` is the one to change; none: a new one."""

    words = forms.CharField(max_length=600, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    group = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_words(self) -> list[str]:
        return [word for word in SYNONYM_SEPARATORS.split(self.cleaned_data["words"]) if word.strip()]
