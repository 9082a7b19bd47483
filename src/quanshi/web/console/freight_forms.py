"""The form of a freight template: what it counts, and a row of prices for each group of regions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.fulfilment import selectors
from quanshi.fulfilment.types import Measure, TemplateView, Zone
from quanshi.kernel.money import Money
from quanshi.web import formats
from quanshi.web.console.forms import ConsoleForm, MoneyField

MOST_ZONES: Final = 40
GRAMS: Final = 1000  # of the kilogram that people write
BETWEEN: Final = re.compile(r"[,，、;；\n]+")
MEASURES: Final = {
    Measure.ORDER: _("One price an order"),
    Measure.COUNT: _("By number of pieces"),
    Measure.WEIGHT: _("By weight"),
}


class RegionsField(forms.CharField):
    """Names of regions with commas between, cleaned to a tuple of what stands there."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=4000, required=False, widget=widget, **options)

    def clean(self, value: Any) -> tuple[str, ...]:
        names = tuple(name.strip() for name in BETWEEN.split(super().clean(value)) if name.strip())
        known = selectors.region_codes(names=names)
        unknown = formats.listed(name for name in names if known[name] is None)
        if unknown:
            raise forms.ValidationError(_("Not a province, city or country: %(names)s"), params={"names": unknown})
        return names


class TemplateForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    measure = forms.ChoiceField(
        label=_("Reckoned"), choices=[(measure.value, word) for measure, word in MEASURES.items()]
    )
    refused = RegionsField(
        label=_("No delivery to"),
        help_text=_("Provinces, cities or countries with commas between: 新疆、西藏、三沙市, or codes like 650000."),
    )
    is_default = forms.BooleanField(label=_("For all goods that name no other template"), required=False)


class ZoneForm(forms.Form):
    """One row. Weights are written in kilograms."""

    regions = RegionsField(label=_("Regions"))
    first_units = forms.DecimalField(
        label=_("The first"), min_value=Decimal("0.001"), max_digits=7, decimal_places=3, initial=1, required=False
    )
    next_units = forms.DecimalField(
        label=_("each further"), min_value=Decimal("0.001"), max_digits=7, decimal_places=3, initial=1, required=False
    )
    free_from_count = forms.IntegerField(label=_("or from so many pieces"), min_value=1, required=False)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["first_minor"] = MoneyField(label=_("cost"), currency=currency)
        self.fields["next_minor"] = MoneyField(label=_("costs"), currency=currency, required=False)
        self.fields["free_from_minor"] = MoneyField(label=_("Free from goods of"), currency=currency, required=False)

    def has_changed(self) -> bool:
        """Units alone, which stand there from the start, make no row."""
        return bool({*self.changed_data} - {"first_units", "next_units"})

    def zone(self, measure: Measure) -> Zone:
        given = self.cleaned_data
        free_from: Money | None = given["free_from_minor"]
        further: Money | None = given["next_minor"]
        return Zone(
            regions=given["regions"],
            first_units=_units(given["first_units"], measure),
            first_minor=given["first_minor"].minor,
            next_units=_units(given["next_units"], measure),
            next_minor=further.minor if further else 0,
            free_from_minor=None if free_from is None else free_from.minor,
            free_from_count=given["free_from_count"],
        )


if TYPE_CHECKING:
    _Rows = forms.BaseFormSet[ZoneForm]
else:
    _Rows = forms.BaseFormSet


class Zones(_Rows):
    """The first row is for everywhere else; emptied, its goods go only to the regions that are named."""

    def initial_form_count(self) -> int:
        """None: every row may be emptied, and then goes."""
        return 0

    def zones(self, measure: Measure) -> list[Zone]:
        return [form.zone(measure) for form in self.forms if form.has_changed() and form.is_valid()]

    def clean(self) -> None:
        filled = [form for form in self.forms if form.has_changed()]
        if not filled:
            raise forms.ValidationError(_("Write at least one price; 0 is free delivery."))
        if any(
            not form.cleaned_data.get("regions") for form in filled if form is not self.forms[0] and form.is_valid()
        ):
            raise forms.ValidationError(_("Name the regions of every row but the first."))


def zones_formset(data: Any, *, currency: str, initial: Sequence[dict[str, Any]], rows: int) -> Zones:
    made = forms.formset_factory(ZoneForm, formset=Zones, extra=rows, max_num=MOST_ZONES, validate_max=True)
    return cast("Zones", made(data, prefix="zone", initial=list(initial), form_kwargs={"currency": currency}))


def initial_of(template: TemplateView, *, locale: str) -> dict[str, Any]:
    return {
        "name": template.name,
        "measure": template.measure,
        "refused": formats.listed(selectors.region_names(codes=template.refused, locale=locale)),
        "is_default": template.is_default,
    }


def initial_zones(template: TemplateView, *, currency: str, locale: str) -> list[dict[str, Any]]:
    """The rows of a template, everywhere else first."""
    rows = sorted(template.zones, key=lambda zone: bool(zone.regions))
    shown = [_row(zone, template.measure, currency=currency, locale=locale) for zone in rows]
    return shown if not rows[0].regions else [{}, *shown]


@dataclass(frozen=True, slots=True)
class ZoneLine:
    """A row of the overview."""

    regions: tuple[str, ...]
    first: str  # "1 kg" or "1"; empty for one price an order
    first_cost: Money
    next: str
    next_cost: Money
    free_from: Money | None
    free_from_count: int | None


def zone_lines(template: TemplateView, *, currency: str, locale: str) -> list[ZoneLine]:
    return [
        ZoneLine(
            regions=selectors.region_names(codes=zone.regions, locale=locale),
            first=_said(zone.first_units, template.measure),
            first_cost=Money(zone.first_minor, currency),
            next=_said(zone.next_units, template.measure),
            next_cost=Money(zone.next_minor, currency),
            free_from=None if zone.free_from_minor is None else Money(zone.free_from_minor, currency),
            free_from_count=zone.free_from_count,
        )
        for zone in sorted(template.zones, key=lambda zone: bool(zone.regions))
    ]


def _said(units: int, measure: Measure) -> str:
    if measure is Measure.ORDER:
        return ""
    number = f"{_written(units, measure):f}"
    return f"{number} kg" if measure is Measure.WEIGHT else number


def _row(zone: Zone, measure: Measure, *, currency: str, locale: str) -> dict[str, Any]:
    free_from = zone.free_from_minor
    return {
        "regions": formats.listed(selectors.region_names(codes=zone.regions, locale=locale)),
        "first_units": _written(zone.first_units, measure),
        "first_minor": Money(zone.first_minor, currency).decimal,
        "next_units": _written(zone.next_units, measure),
        "next_minor": Money(zone.next_minor, currency).decimal if zone.next_minor else "",
        "free_from_minor": "" if free_from is None else Money(free_from, currency).decimal,
        "free_from_count": zone.free_from_count,
    }


def _units(written: Decimal | None, measure: Measure) -> int:
    if written is None or measure is Measure.ORDER:
        return 1
    return max(1, int(written * GRAMS if measure is Measure.WEIGHT else written))


def _written(units: int, measure: Measure) -> Decimal:
    return (Decimal(units) / GRAMS if measure is Measure.WEIGHT else Decimal(units)).normalize() + 0
