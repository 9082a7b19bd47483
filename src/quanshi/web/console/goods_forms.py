"""Forms of the goods pages: everything about one product, and one change of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.catalog.errors import GoodsChanged, HandleTaken
from quanshi.catalog.types import CategoryView, EditableProduct, ProductStatus, Schedule
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.money import parse_money
from quanshi.web import refusals
from quanshi.web.console import words
from quanshi.web.console.forms import ENGLISH, ConsoleForm
from quanshi.web.console.variant_forms import KnownVariant, NewVariantsForm, VariantsForm

STEPS: Final = ((1, _("to the cent")), (10, "0.10"), (100, "1"), (500, "5"), (1000, "10"))
KINDS: Final = (
    ("price_percent", _("Price by percent")),
    ("price_amount", _("Price by an amount")),
    ("status", _("Status")),
    ("category", _("Shelf")),
    ("add_tags", _("Add tags")),
    ("remove_tags", _("Remove tags")),
    ("schedule", _("Go on sale and off sale by themselves")),
)


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, **options)


def shelf_of(text: str) -> list[str]:
    """The names of a shelf from its root, as people part them."""
    return [part.strip() for part in text.replace("＞", ">").split(">") if part.strip()]


def comma_parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


class GoodsWordsForm(VariantsForm):
    """What is said of goods, new or old."""

    title = forms.CharField(label=_("Title"), max_length=255)
    title_en = forms.CharField(label=_("Title in English"), max_length=255, required=False)
    body_en = forms.CharField(
        label=_("Description in English"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    vendor = forms.CharField(label=_("Brand or maker"), max_length=120, required=False)
    path = forms.CharField(
        label=_("Shelf"),
        required=False,
        max_length=500,
        help_text=_("From large to small: Home > Bedding. A new one is made."),
        widget=forms.TextInput(attrs={"list": "shelves", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(label=_("Status"), choices=list(words.STATUSES.items()))

    def said_facts(self) -> dict[str, Any]:
        """What both services take by the same names."""
        given = self.cleaned_data
        return {
            "title": given["title"],
            "body_html": given["body_html"],
            "vendor": given["vendor"],
            "category_path": shelf_of(given["path"]),
            "status": ProductStatus(given["status"]),
            "option_names": self.option_names(),
        }

    def translations(self, kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """Those there are, with the English ones of this form; words of options are not asked for here, and stay."""
        others = {locale: said for locale, said in kept.items() if locale != ENGLISH}
        typed = {"title": self.cleaned_data["title_en"], "body_html": self.cleaned_data["body_en"]}
        english = {name: said for name, said in {**kept.get(ENGLISH, {}), **typed}.items() if said}
        return {**others, ENGLISH: english} if english else others


class GoodsFactsForm(GoodsWordsForm):
    """All that the console edits of a product."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    body_html = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Simple HTML is kept; scripts and styles are removed."),
    )
    handle = forms.CharField(
        label=_("Address of the page"),
        max_length=255,
        required=False,
        help_text=_("The old address leads to the new one."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=4000, help_text=_("Part them by commas."))
    attributes = forms.CharField(
        label=_("Attributes"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("A line each, written like Material: Linen. The page shows them as a table."),
    )
    seo_title = forms.CharField(
        label=_("Title for search engines"), required=False, max_length=255, help_text=_("Else the title is used.")
    )
    seo_description = forms.CharField(
        label=_("Description for search engines"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Else the beginning of the description is used."),
    )
    publish_at = moment_field(_("On sale from"), help_text=_("Then the status becomes on sale by itself."))
    withdraw_at = moment_field(_("Taken down at"))

    def __init__(
        self,
        data: Any = None,
        *,
        product: EditableProduct,
        currency: str,
        known: Sequence[KnownVariant],
        freight: Sequence[tuple[UUID, str]],
        initial: Mapping[str, Any],
        columns: int,
        rows: int = 0,
    ) -> None:
        super().__init__(data, currency=currency, known=known, columns=columns, rows=rows, initial=initial)
        self.product = product
        if freight:
            self.fields["freight"] = forms.TypedChoiceField(
                label=_("Freight template"),
                choices=[("", _("The shop's default")), *((str(one), name) for one, name in freight)],
                coerce=UUID,
                empty_value=None,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        version = self.cleaned_data.get("version")
        if version and version != self.product.updated_at.isoformat():
            # what else is amiss may be so only beside what somebody else has saved
            self.errors.clear()
            raise forms.ValidationError(refusals.sentence(GoodsChanged(product_id=self.product.id)))
        return super().clean()

    def clean_attributes(self) -> list[tuple[str, str]]:
        pairs = []
        for line in str(self.cleaned_data["attributes"]).splitlines():
            name, colon, value = line.replace("：", ":", 1 if ":" not in line else 0).partition(":")
            if not line.strip():
                continue
            if not colon or not name.strip() or not value.strip():
                raise forms.ValidationError(_("Write each line as name: value."))
            pairs.append((name.strip(), value.strip()))
        return pairs

    def facts(self) -> dict[str, Any]:
        """The entries as `change_goods` takes them."""
        given = self.cleaned_data
        return {
            **self.said_facts(),
            "translations": self.translations(self.product.translations),
            "variants": self.changes(),
            "handle": given["handle"].strip() or None,
            "tags": comma_parts(given["tags"]),
            "attributes": given["attributes"],
            "seo_title": given["seo_title"],
            "seo_description": given["seo_description"],
            "schedule": Schedule(publish_at=given["publish_at"], withdraw_at=given["withdraw_at"]),
            "version": self.product.updated_at if given["version"] else None,
        }

    @staticmethod
    def facts_of(product: EditableProduct) -> dict[str, Any]:
        """What the fields of `facts` show at first, variants aside."""
        return {
            "version": product.updated_at.isoformat(),
            "title": product.title,
            "body_html": product.body_html,
            "title_en": product.translations.get(ENGLISH, {}).get("title", ""),
            "body_en": product.translations.get(ENGLISH, {}).get("body_html", ""),
            "vendor": product.vendor,
            "path": " > ".join(product.category_path),
            "status": product.status,
            "handle": product.handle,
            "tags": ", ".join(product.tags),
            "attributes": "\n".join(f"{name}: {value}" for name, value in product.attributes),
            "seo_title": product.seo_title,
            "seo_description": product.seo_description,
            "publish_at": product.schedule.publish_at,
            "withdraw_at": product.schedule.withdraw_at,
        }


class NewGoodsForm(GoodsWordsForm, NewVariantsForm):
    handle = forms.CharField(
        label=_("Address of the page"),
        max_length=255,
        required=False,
        help_text=_("Leave empty to have one made."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    body_html = forms.CharField(
        label=_("Description"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def facts(self) -> dict[str, Any]:
        """The entries as `save_product` takes them."""
        return {**self.said_facts(), "translations": self.translations({}), "variants": self.inputs()}

    def field_of(self, refusal: DomainError) -> str:
        return "handle" if isinstance(refusal, HandleTaken) else super().field_of(refusal)


class BulkForm(ConsoleForm):
    """One change of many goods; only the fields of its kind count."""

    kind = forms.ChoiceField(label=_("What to change"), choices=KINDS)
    percent = forms.DecimalField(
        label=_("Percent"),
        required=False,
        max_digits=6,
        decimal_places=2,
        help_text=_("-10 makes everything a tenth cheaper."),
    )
    amount = forms.CharField(
        label=_("Amount"), required=False, max_length=20, help_text=_("-5 makes everything 5 cheaper.")
    )
    step = forms.TypedChoiceField(label=_("Round prices to"), choices=STEPS, coerce=int, initial=1, required=False)
    status = forms.ChoiceField(label=_("Status"), choices=list(words.STATUSES.items()), required=False)
    path = forms.CharField(
        label=_("Shelf"), required=False, max_length=500, help_text=_("From large to small: Home > Bedding.")
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=2000, help_text=_("Part them by commas."))
    publish_at = moment_field(_("On sale from"))
    withdraw_at = moment_field(_("Taken down at"))

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency = currency

    def clean_amount(self) -> int:
        text = str(self.cleaned_data["amount"]).strip().replace("−", "-")
        if not text:
            return 0
        try:
            minor = parse_money(text.removeprefix("-").removeprefix("+"), self.currency).minor
        except InvalidInput:
            raise forms.ValidationError(_("This is not an amount. Write it like 19.90.")) from None
        return -minor if text.startswith("-") else minor

    def change(self) -> dict[str, Any]:
        """What `preview_bulk` takes: the fields of the chosen kind."""
        given = self.cleaned_data
        found: dict[str, Any] = {"kind": given["kind"]}
        match given["kind"]:
            case "price_percent":
                found |= {"bps": int((given["percent"] or Decimal(0)) * 100), "step_minor": given["step"] or 1}
            case "price_amount":
                found |= {"amount_minor": given["amount"], "step_minor": given["step"] or 1}
            case "status":
                found["status"] = given["status"]
            case "category":
                found["path"] = shelf_of(given["path"])
            case "schedule":
                found |= {name: _text(given[name]) for name in ("publish_at", "withdraw_at")}
            case _:
                found["tags"] = comma_parts(given["tags"])
        return found


def _text(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


class ShelvesForm(ConsoleForm):
    """What each of `shelves` is called in English; `names` are those that there are, by language."""

    def __init__(
        self,
        data: Any = None,
        *,
        shelves: Sequence[CategoryView],
        names: Mapping[UUID, Mapping[str, str]],
    ) -> None:
        super().__init__(data)
        self._shelves = shelves
        for shelf in shelves:
            self.fields[self._key(shelf)] = forms.CharField(
                max_length=80,
                required=False,
                initial=names.get(shelf.id, {}).get(ENGLISH, ""),
                # what somebody else has named since the page was opened stays as it is
                show_hidden_initial=True,
                widget=forms.TextInput(attrs={"autocomplete": "off", "lang": ENGLISH, "placeholder": _("In English")}),
            )

    def lines(self) -> list[tuple[CategoryView, forms.BoundField]]:
        return [(shelf, self[self._key(shelf)]) for shelf in self._shelves]

    def changed_names(self) -> dict[UUID, str]:
        """The names that were typed, by shelf."""
        return {
            shelf.id: self.cleaned_data[self._key(shelf)]
            for shelf in self._shelves
            if self._key(shelf) in self.changed_data
        }

    @staticmethod
    def _key(shelf: CategoryView) -> str:
        return f"name-{shelf.id}"
