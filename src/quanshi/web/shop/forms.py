"""What shoppers fill in. The services check again; these say it beside the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from quanshi.accounts.types import AddressView
from quanshi.catalog.types import ProductView, VariantView
from quanshi.fulfilment.types import CARRIERS, PickupPointView
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money, parse_money
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderView
from quanshi.shops.types import ShopView
from quanshi.web import words
from quanshi.web.address_form import AddressForm, as_entries
from quanshi.web.formats import money_text
from quanshi.web.picture_forms import PicturesField
from quanshi.web.refusals import sentence
from quanshi.web.shop import options

MOST_UNITS: Final = 999
MOST_PICTURES: Final = 6  # of a case
NO_CHOICE: Final = {"province": "", "city": "", "district": ""}  # what the form's hidden part may still say


class BuyForm(forms.Form):
    """A choice of options and a quantity. `variant` is what it comes to, and None while it comes to nothing."""

    CART = "cart"
    BUY = "buy"

    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS, initial=1, label=_("Quantity"))
    then = forms.ChoiceField(choices=[(CART, CART), (BUY, BUY)])

    def __init__(self, data: Any = None, *, product: ProductView, available: Mapping[UUID, int]) -> None:
        super().__init__(data)
        self.product = product
        self.available = available
        self.variant: VariantView | None = options.first_offer(product, available=available)
        for index, name in enumerate(product.option_names):
            choices = [(value, value) for value in options.values_of(product, index)]
            self.fields[options.field_name(index)] = forms.ChoiceField(choices=choices, label=name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        wanted = tuple(data.get(options.field_name(index)) for index in range(len(self.product.option_names)))
        self.variant = next((v for v in self.product.variants if v.options == wanted or not wanted), None)
        if self.variant is None:
            self.add_error(None, _("This combination is not made. Choose another one."))
            return data
        left, limit, wanted = self.available.get(self.variant.id, 0), self.variant.person_limit, data.get("quantity", 1)
        if not left:
            self.add_error(None, _("This choice is sold out. Choose another one."))
        elif limit is not None and limit < wanted:
            self.add_error("quantity", _("At most %(limit)s a person.") % {"limit": limit})
        elif left < wanted:
            self.add_error("quantity", _("Only %(left)s left.") % {"left": left})
        return data


def _text(**attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs=attributes)


class CheckoutForm(AddressForm):
    """One address for all shops, a note for each and, where there are several, what is to happen if one is short.

    `book` is a person's own address book, and None for a guest: `saved` names one of it, and the address is then what
    the book says. What is written anew is kept there where `save` is ticked.
    """

    NOTHING = "nothing"
    OTHERS = "others"

    def __init__(
        self,
        data: Any = None,
        *,
        shops: Sequence[ShopView],
        points: Mapping[UUID, Sequence[PickupPointView]],
        book: Sequence[AddressView] | None = None,
        **options: Any,
    ) -> None:
        chosen = next((one for one in book or () if data and data.get("saved") == str(one.id)), None)
        super().__init__({**dict(data.items()), **as_entries(chosen), **NO_CHOICE} if chosen else data, **options)
        self.book = {str(one.id): one for one in book or ()}
        # what is chosen or picked up needs fewer entries, and a browser would ask for all of them
        self.use_required_attribute = not points and not book
        for shop in shops:
            if shop.id in points:
                self.fields[f"way-{shop.slug}"] = forms.TypedChoiceField(
                    label=_("How does it get to you?"),
                    choices=[("", _("To my door")), *((str(point.id), point.name) for point in points[shop.id])],
                    coerce=UUID,
                    empty_value=None,
                    required=False,
                    widget=forms.RadioSelect,
                )
        if data is not None and all(data.get(f"way-{shop.slug}") for shop in shops):
            self.is_delivered = self.fields["street"].required = False
        for shop in shops:
            self.fields[f"note-{shop.slug}"] = forms.CharField(
                label=_("Note for the shop"), max_length=200, required=False, widget=_text(autocomplete="off")
            )
        if self.book:
            self.fields["saved"] = forms.ChoiceField(
                label=_("Send it to"),
                choices=[*((name, one.recipient) for name, one in self.book.items()), ("", _("Another address"))],
                initial=next(iter(self.book)),
                required=False,
                widget=forms.RadioSelect,
            )
        if book is not None:
            self.fields["save"] = forms.BooleanField(label=_("Keep this address in my address book"), required=False)
        if len(shops) > 1:
            self.fields["if_short"] = forms.ChoiceField(
                label=_("If one shop sells out before you confirm"),
                choices=[
                    (self.NOTHING, _("Order nothing, and let me choose again")),
                    (self.OTHERS, _("Order from the other shops")),
                ],
                initial=self.NOTHING,
                required=False,
                widget=forms.RadioSelect,
            )

    def note(self, shop: ShopView) -> forms.BoundField:
        return self[f"note-{shop.slug}"]

    def way(self, shop: ShopView) -> forms.BoundField | None:
        """Delivery or one of the shop's pick-up points; None where there is no choice."""
        return self[f"way-{shop.slug}"] if f"way-{shop.slug}" in self.fields else None

    @property
    def is_all_or_nothing(self) -> bool:
        return self.cleaned_data.get("if_short") != self.OTHERS

    @property
    def has_place(self) -> bool:
        """An address to come back to; for what is picked up, a name and a number are enough."""
        return bool(self.cleaned_data["region"] and self.cleaned_data["street"])

    @property
    def is_to_be_kept(self) -> bool:
        """A new address that the person wants to find again."""
        return self.has_place and bool(self.cleaned_data.get("save")) and not self.cleaned_data.get("saved")


class DirectForm(forms.Form):
    """A single variant to be bought without the cart, as the address of a checkout names it."""

    variant = forms.UUIDField()
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)


class RefusedForm(forms.Form):
    """What edge says about an order that it did not place. Every part may be missing or nonsense."""

    variant_id = forms.UUIDField(required=False)
    available = forms.IntegerField(min_value=0, required=False)
    limit = forms.IntegerField(min_value=1, required=False)
    held = forms.IntegerField(min_value=0, required=False)
    order_id = forms.UUIDField(required=False)


class CartLineForm(forms.Form):
    """One change of one cart line: its quantity (0 takes it out) or whether it is to be bought now."""

    quantity = forms.IntegerField(min_value=0, max_value=MOST_UNITS, required=False)
    selected = forms.TypedChoiceField(
        choices=[("0", "0"), ("1", "1")], coerce=lambda text: text == "1", required=False, empty_value=None
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=40, required=False)


class SendBackForm(forms.Form):
    carrier = forms.ChoiceField(
        label=_("Carrier"), choices=[(carrier.value, words.CARRIER[carrier]) for carrier in CARRIERS]
    )
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=40, widget=_text(autocomplete="off"))


class CasePicturesForm(forms.Form):
    pictures = PicturesField(label=_("Pictures"), most=MOST_PICTURES, required=True)


class AfterSaleForm(forms.Form):
    """Which lines, how many units and how much of each; an empty amount means what the units cost."""

    kind = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[(kind.value, words.AFTER_SALE_KIND[kind]) for kind in AfterSaleKind],
        initial=AfterSaleKind.REFUND_ONLY,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What is wrong?"), max_length=500, widget=forms.Textarea(attrs={"rows": "3", "maxlength": "500"})
    )
    pictures = PicturesField(label=_("Pictures"), most=MOST_PICTURES)
    with_freight = forms.BooleanField(label=_("Delivery cost as well"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, order: OrderView) -> None:
        super().__init__(data, files, initial={"key": ids.new_id()})
        self.order = order
        self.lines = [line for line in order.lines if line.refundable or line.refundable_amount]
        for line in self.lines:
            self.fields[f"quantity_{line.id}"] = forms.IntegerField(
                label=_("Units"), min_value=0, max_value=line.refundable, initial=0, required=False
            )
            self.fields[f"amount_{line.id}"] = forms.CharField(label=_("Amount"), max_length=16, required=False)
        if not order.refundable_freight:
            del self.fields["with_freight"]

    def rows(self) -> list[dict[str, Any]]:
        """Each line with its fields, for the template."""
        return [
            {"line": line, "quantity": self[f"quantity_{line.id}"], "amount": self[f"amount_{line.id}"]}
            for line in self.lines
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.wishes: list[AfterSaleWish] = []
        for line in self.lines:
            quantity = data.get(f"quantity_{line.id}") or 0
            amount = self._amount(f"amount_{line.id}", most=line.refundable_amount)
            if quantity or amount:
                self.wishes.append(AfterSaleWish(order_line_id=line.id, quantity=quantity, amount=amount))
        if set(self.errors) <= {"reason", "pictures"} and not self.wishes and not data.get("with_freight"):
            self.add_error(None, _("Choose at least one thing, by units or by an amount."))
        return data

    def _amount(self, field: str, *, most: Money) -> Money | None:
        text = self.cleaned_data.get(field, "")
        if not text:
            return None
        try:
            amount = parse_money(text, most.currency, field=field)
        except InvalidInput as refusal:
            self.add_error(field, sentence(refusal))
            return None
        if most < amount:
            self.add_error(field, _("At most %(most)s.") % {"most": money_text(most)})
        return amount
