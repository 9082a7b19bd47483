"""Options and variants as both goods pages take them: rows that are there, and rows to add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.catalog.types import ListPrice, VariantChange, VariantInput, VariantView
from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.web.console.forms import COUNT_MAX, LIMIT_MAX, ConsoleForm, MoneyField

OPTIONS_MAX: Final = 3
ROWS_MAX: Final = 30  # to add at once; with those that are there, fewer fields than Django takes
WEIGHT_MAX: Final = 2**31 - 1
MORE: Final = ("sku", "barcode", "weight", "measure", "limit")  # shown on demand
# where a refusal of the service belongs; an option's own field is found apart
PLACES: Final[Mapping[str, str]] = {
    "price": "price",
    "list_price": "list",
    "sku": "sku",
    "barcode": "barcode",
    "weight_grams": "weight",
    "measures": "measure",
    "person_limits": "limit",
}


@dataclass(frozen=True, slots=True)
class KnownVariant:
    """A variant that is there, as its row shows it at first."""

    view: VariantView
    barcode: str
    former: ListPrice
    left: int
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class VariantRow:
    """The entries of one row; `known` is none for one to add."""

    number: int
    known: KnownVariant | None
    options: tuple[forms.BoundField, ...]
    price: forms.BoundField
    list_price: forms.BoundField
    quantity: forms.BoundField | None
    more: tuple[forms.BoundField, ...]
    withdrawn: forms.BoundField | None
    is_open: bool


class VariantsForm(ConsoleForm):
    """A form with options and variants among its fields. A row to add in which nothing is written says nothing."""

    columns = forms.IntegerField(required=False, widget=forms.HiddenInput)
    rows = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        currency: str,
        known: Sequence[KnownVariant] = (),
        columns: int = 0,
        rows: int = 0,
        initial: Mapping[str, Any],
    ) -> None:
        if data is not None:
            columns, rows = _count(data.get("columns"), OPTIONS_MAX), _count(data.get("rows"), ROWS_MAX)
        super().__init__(data, initial={**initial, "columns": columns, "rows": rows})
        self.known = {str(one.view.id): one for one in known}
        self.keys = [*self.known, *(str(number) for number in range(1, rows + 1))]
        self.column_numbers = range(1, columns + 1)
        self.sent: list[str] = []  # the row of each variant that the service is given
        given = self.initial if data is None else data
        self.labels = {number: given.get(f"name{number}") or _("Value") for number in self.column_numbers}
        for number in self.column_numbers:
            self.fields[f"name{number}"] = _text_field(_("Option"), 80, placeholder=_("Colour, size, ..."))
        for key in self.keys:
            self._add_row(key, currency)

    def _add_row(self, key: str, currency: str) -> None:
        for number in self.column_numbers:
            self.fields[f"option{number}_{key}"] = _text_field(self.labels[number], 255)
        self.fields[f"price_{key}"] = MoneyField(label=_("Price"), currency=currency, required=False)
        self.fields[f"list_{key}"] = MoneyField(label=_("Former price"), currency=currency, required=False)
        self.fields[f"sku_{key}"] = _text_field(_("SKU"), 120)
        self.fields[f"barcode_{key}"] = _text_field(_("Barcode"), 64)
        self.fields[f"weight_{key}"] = forms.IntegerField(
            label=_("Weight in grams"), min_value=0, max_value=WEIGHT_MAX, required=False
        )
        self.fields[f"measure_{key}"] = _text_field(_("Contents"), 24, placeholder="500 g")
        self.fields[f"limit_{key}"] = forms.IntegerField(
            label=_("At most a person"),
            min_value=1,
            max_value=LIMIT_MAX,
            required=False,
            widget=forms.NumberInput(attrs={"placeholder": _("any number")}),
        )
        if key in self.known:
            self.fields[f"withdrawn_{key}"] = forms.BooleanField(label=_("Not sold any more"), required=False)

    @staticmethod
    def said(known: Sequence[KnownVariant], names: Sequence[str]) -> dict[str, Any]:
        """What the fields show at first."""
        found: dict[str, Any] = {f"name{number}": name for number, name in enumerate(names, 1)}
        for one in known:
            view, key = one.view, one.view.id
            found |= {f"option{number}_{key}": value for number, value in enumerate(view.options, 1)}
            found |= {
                f"price_{key}": view.price.decimal,
                f"list_{key}": one.former.said and one.former.said.decimal,
                f"sku_{key}": view.sku,
                f"barcode_{key}": one.barcode,
                f"weight_{key}": view.weight_grams or None,
                f"measure_{key}": str(view.measure or ""),
                f"limit_{key}": view.person_limit,
                f"withdrawn_{key}": one.is_withdrawn,
            }
        return found

    def name_fields(self) -> list[forms.BoundField]:
        return [self[f"name{number}"] for number in self.column_numbers]

    def variant_rows(self) -> Iterator[VariantRow]:
        for number, key in enumerate(self.keys, 1):
            more = tuple(self[f"{field}_{key}"] for field in MORE if f"{field}_{key}" in self.fields)
            known = self.known.get(key)
            yield VariantRow(
                number=number,
                known=known,
                options=tuple(self[f"option{column}_{key}"] for column in self.column_numbers),
                price=self[f"price_{key}"],
                list_price=self[f"list_{key}"],
                quantity=self[f"quantity_{key}"] if f"quantity_{key}" in self.fields else None,
                more=more,
                withdrawn=self[f"withdrawn_{key}"] if known else None,
                is_open=len(self.keys) == 1 or any(field.errors for field in more),
            )

    def clean(self) -> dict[str, Any]:
        self.sent = [key for key in self.keys if key in self.known or self._is_written(key)] or self.keys[:1]
        for key in self.sent:
            if self.cleaned_data.get(f"withdrawn_{key}"):
                continue
            for name in (f"price_{key}", *(f"option{number}_{key}" for number in self._columns_named())):
                if name not in self.errors and self.cleaned_data.get(name) in {None, ""}:
                    self.add_error(name, self.fields[name].error_messages["required"])
        return self.cleaned_data

    def option_names(self) -> list[str]:
        return [self.cleaned_data[f"name{number}"] for number in self._columns_named()]

    def changes(self) -> list[VariantChange]:
        """The rows as `change_goods` takes them."""
        return [
            VariantChange(
                variant_id=UUID(key) if key in self.known else None,
                options=self._options(key),
                price=self._price(key),
                list_price=self.cleaned_data[f"list_{key}"],
                sku=self.cleaned_data[f"sku_{key}"],
                barcode=self.cleaned_data[f"barcode_{key}"],
                weight_grams=self.cleaned_data[f"weight_{key}"] or 0,
                measure=self.cleaned_data[f"measure_{key}"],
                person_limit=self.cleaned_data[f"limit_{key}"],
                is_withdrawn=self.cleaned_data.get(f"withdrawn_{key}", False),
            )
            for key in self.sent
        ]

    def field_of(self, refusal: DomainError) -> str:
        field, row = super().field_of(refusal), refusal.details.get("row")
        if field in {"option_names", "category_path"}:
            return {"option_names": "name1", "category_path": "path"}[field]
        if isinstance(row, int) and row < len(self.sent):
            return f"{PLACES.get(field, 'option1')}_{self.sent[row]}"
        return field

    def _columns_named(self) -> list[int]:
        """An option whose name is taken out goes with its values."""
        return [number for number in self.column_numbers if self.cleaned_data.get(f"name{number}")]

    def _options(self, key: str) -> tuple[str, ...]:
        return tuple(self.cleaned_data[f"option{number}_{key}"] for number in self._columns_named())

    def _price(self, key: str) -> Money:
        price: Money | None = self.cleaned_data[f"price_{key}"]
        return self.known[key].view.price if price is None else price  # none only where it is withdrawn

    def _is_written(self, key: str) -> bool:
        names = [name for name in self.fields if name.rpartition("_")[2] == key]
        return any(name in self.errors or self.cleaned_data.get(name) for name in names)


class NewVariantsForm(VariantsForm):
    """Where all rows are to be added, each with what of it lies in stock. Contents can be said later."""

    def _add_row(self, key: str, currency: str) -> None:
        super()._add_row(key, currency)
        self.fields[f"quantity_{key}"] = forms.IntegerField(
            label=_("How many lie there"), min_value=0, max_value=COUNT_MAX, required=False
        )
        del self.fields[f"measure_{key}"]

    def inputs(self) -> list[VariantInput]:
        """The rows as `save_product` takes them."""
        return [
            VariantInput(
                price=self._price(key),
                options=self._options(key),
                list_price=self.cleaned_data[f"list_{key}"],
                sku=self.cleaned_data[f"sku_{key}"],
                barcode=self.cleaned_data[f"barcode_{key}"],
                weight_grams=self.cleaned_data[f"weight_{key}"] or 0,
                person_limit=self.cleaned_data[f"limit_{key}"],
            )
            for key in self.sent
        ]

    def quantities(self) -> list[int]:
        return [self.cleaned_data[f"quantity_{key}"] or 0 for key in self.sent]


def more_of(data: Mapping[str, Any]) -> tuple[int, int] | None:
    """How many options and rows the page shows next, when one more of them was asked for instead of saving."""
    columns, rows = _count(data.get("columns"), OPTIONS_MAX), _count(data.get("rows"), ROWS_MAX)
    match data.get("more"):
        case "option":
            return min(columns + 1, OPTIONS_MAX), rows
        case "variant":
            return columns, min(rows + 1, ROWS_MAX)
        case "options":  # the first one, and something to choose from
            return max(columns, 1), min(rows + 1, ROWS_MAX)
    return None


def _text_field(label: Any, most: int, *, placeholder: Any = "") -> forms.CharField:
    attributes = {"autocomplete": "off", **({"placeholder": placeholder} if placeholder else {})}
    return forms.CharField(label=label, required=False, max_length=most, widget=forms.TextInput(attrs=attributes))


def _count(text: Any, most: int) -> int:
    text = str(text or "")
    return min(int(text), most) if text.isdecimal() and len(text) < 4 else 0  # noqa: PLR2004 - a number of rows
