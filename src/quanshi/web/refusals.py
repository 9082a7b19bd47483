"""Sentences for people: what a refusal of a room means and what to do next. Keys are the errors' stable codes."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.kernel.errors import DomainError

SENTENCES: Final[dict[str, Promise]] = {
    # staff of a shop
    "shop_stopped": _("The operator of the platform has stopped this shop. Write to them; the activity says why."),
    "member_not_found": _("This person does not work in the shop any more."),
    "already_member": _("This person works in the shop already."),
    "last_owner": _("The last owner stays: make somebody else an owner first."),
    "invitation_not_found": _("This invitation does not exist. Check that the link is whole, or ask for a new one."),
    "invitation_ended": _("This invitation is not valid any more. Ask for a new one."),
    "invitation_for_another": _(
        "This invitation is for another e-mail address. Sign in with the address it was sent to."
    ),
    "too_many_invitations": _("So many invitations cannot be sent at once. Try again in an hour, or revoke some."),
    # kernel
    "refused": _("This was refused."),
    "invalid_input": _("This entry is not valid."),
    "not_allowed": _("Your account may not do this."),
    "not_found": _("This does not exist any more."),
    "conflict": _("Something has changed meanwhile. Look again and repeat the step if it is still wanted."),
    "limit_reached": _("A limit is reached."),
    "unavailable": _("This does not work just now. Please try again in a moment."),
    "transition_refused": _("This step is no longer possible. Reload the page to see where it stands."),
    # accounts and shops
    "email_taken": _("This e-mail address has an account already. Sign in instead."),
    "identity_taken": _("Another account is linked with this WeChat already. Sign in there and unlink it first."),
    "person_not_found": _("This account does not exist any more."),
    "person_erased": _("This account was closed for good; nobody can sign in to it."),
    "own_account": _("Nobody can do this to their own account. Ask another operator."),
    "address_not_found": _("This address does not exist any more."),
    "too_many_addresses": _("An address book has room for %(limit)s addresses. Delete one first."),
    "session_not_found": _("This browser is signed out already."),
    "export_not_found": _("This file does not exist any more. Ask for a new copy."),
    "too_many_exports": _("You have asked for %(limit)s copies within a day. Ask again tomorrow."),
    "proof_refused": _("Show that it is you: sign in once more, or send the account's password."),
    "too_many_proofs": _("The password was wrong too often; wait a quarter of an hour."),
    "erasure_refused": _("This account cannot be closed yet: something is still under way."),
    "no_such_guest_order": _(
        "No order fits. Check both numbers; an order that belongs to an account cannot be moved from here."
    ),
    "too_many_claims": _("That was tried very often. Wait an hour and try again."),
    "slug_taken": _("This address is taken. Choose another one."),
    "too_many_shops": _("One account has at most %(limit)s shops."),
    "shop_not_found": _("There is no such shop."),
    "shop_closed": _("This shop takes no orders at present."),
    # tokens and webhooks
    "token_refused": _("This token is not valid."),
    "token_not_found": _("This token does not exist any more."),
    "too_many_tokens": _("There are %(limit)s tokens already. Revoke one that is not used any more."),
    "webhook_not_found": _("This webhook does not exist any more."),
    "delivery_not_found": _("This message is not kept any more."),
    "webhook_off": _("This webhook is off. Switch it on first."),
    "too_many_webhooks": _("A shop has at most %(limit)s webhooks. Remove one first."),
    "too_many_tries": _("At most %(limit)s messages an hour can be sent by hand. Wait a while."),
    # catalog
    "handle_taken": _("The shop has goods of this address already. Choose another one."),
    "goods_changed": _(
        "These goods have been saved elsewhere meanwhile, so nothing of this was saved. Open the page anew, and make"
        " your changes there."
    ),
    "favourites_full": _("There is room for %(limit)s favourites. Take one out first."),
    "too_many_favourites": _("Very many favourites came from your network. Wait an hour, or sign in."),
    "product_not_found": _("These goods do not exist any more."),
    "variant_not_found": _("These goods do not exist any more."),
    "variant_withdrawn": _("These goods are no longer sold."),
    "several_variants": _("These goods come in several kinds. Choose one."),
    "category_not_found": _("This shelf does not exist any more."),
    "import_not_found": _("There is no such import."),
    "picture_not_found": _("This picture has been removed already."),
    "picture_not_missing": _("There is no such picture to fetch."),
    "bulk_not_found": _("There is no such change of several goods."),
    "import_running": _("Another import of this shop is running. Wait for its end."),
    "file_refused": _("This file cannot be read as a product list."),
    "picture_refused": _("This picture cannot be used. Take a PNG, JPEG, WebP or AVIF of at most 20 MB."),
    "logo_refused": _("This picture cannot be used as a logo."),
    # search
    "too_many_searches": _("Very many searches came from your network. Wait a minute and search again."),
    "too_many_synonyms": _("A shop has at most %(limit)s groups of synonyms."),
    "synonyms_not_found": _("This group does not exist any more."),
    # stock
    "below_reserved": _("%(reserved)s are promised to orders, so the count cannot be lower."),
    "location_name_taken": _("There is a place of this name already."),
    "location_not_found": _("This place does not exist any more."),
    "stock_short": _("Only %(available)s left in stock."),
    "sold_out": _("These goods have just been sold out."),
    "pool_closed": _("This campaign is over and its goods have gone back."),
    "take_not_found": _("There is no such count."),
    "take_ended": _("This count has ended."),
    "nothing_to_count": _("Nothing lies at this place."),
    "place_too_large": _("More than %(limit)s kinds of goods lie at this place, too many for one count."),
    # cart and quote
    "cart_full": _("The cart is full."),
    "cart_line_full": _("At most %(limit)s of these fit into the cart."),
    "quote_too_long": _("One purchase takes at most %(limit)s lines."),
    "over_limit": _("One person may order at most %(limit)s of these; you have ordered %(held)s."),
    "claim_refused": _("A coupon or a hold of this order cannot be used any more. Start again from the cart."),
    "mixed_currencies": _("These shops charge in different currencies. Order from one after the other."),
    "quote_expired": _("These prices were kept for a while and have run out. Check them again."),
    "domain_taken": _("Another shop uses this domain. If it is yours now, take its old record out of the DNS first."),
    "shelf_not_found": _("There is no such shelf."),
    "domain_not_named": _("The shop has named no domain of its own."),
    "shop_gone": _("%(name)s has closed for good. What you bought there is still among your orders."),
    "shop_is_closed": _(
        "This shop has closed for good, so nothing of it can be changed any more. Its owners can still look at its"
        " orders, cases, goods and books, and take them away as files."
    ),
    "shop_is_closing": _("The sales of this shop have ended. Take the closing back to open it again."),
    "shop_not_closing": _("The sales of this shop have not ended yet. Reload the page to see where it stands."),
    "shop_has_open_business": _("Something is still open, so the shop cannot close yet. The page lists what it is."),
    "filter_name_taken": _("You have a filter of this name already."),
    "too_many_filters": _("You can keep %(limit)s filters. Delete one first."),
    "too_many_unpaid": _(
        "Several of your orders of this shop wait for their payment and hold its goods. Pay them or cancel them, then"
        " order again."
    ),
    "too_many_checkouts": _(
        "Very many checkouts came from your network in a short time. Wait ten minutes and check out again; your cart"
        " keeps everything."
    ),
    "bad_quote": _("This checkout page is not valid any more. Start again from the cart."),
    # freight
    "no_delivery": _("The shop does not deliver these goods to %(region)s. Take them out, or choose another address."),
    "freight_template_not_found": _("This freight template does not exist any more."),
    "freight_template_is_default": _("Make another template the default first."),
    "too_many_freight_templates": _("A shop has at most %(limit)s freight templates."),
    # a shop's own pages
    "section_not_found": _("This section is not there any more."),
    "policy_not_found": _("The shop has written nothing about this."),
    "version_not_found": _("This version is not kept any more."),
    "too_many_sections": _("At most %(limit)s of these fit on a page."),
    # pick-up
    "pickup_point_not_found": _("This pick-up point is closed. Choose another one, or delivery."),
    "too_many_pickup_points": _("A shop has at most %(limit)s pick-up points."),
    "pickup_code_unknown": _("No order of this shop has this code. Compare it letter by letter."),
    "too_many_pickup_codes": _("Very many codes were entered in a short time. Wait ten minutes."),
    "not_for_pickup": _("This order is delivered, not picked up."),
    "fetched_by_buyer": _("The buyer picks this order up; it is not shipped."),
    # the life of an order
    "order_not_found": _("There is no such order."),
    "order_not_payable": _("This order can no longer be paid."),
    "order_not_cancellable": _("This order can no longer be cancelled."),
    "order_not_shippable": _("This order cannot be shipped now. Reload the page to see where it stands."),
    "too_much_to_ship": _("Only %(remaining)s of these remain to be shipped."),
    "bad_tracking_number": _("This is not a tracking number of this carrier. Check its digits."),
    "key_reused": _("This form was sent before with other entries. Reload the page and fill it in again."),
    "not_wholly_shipped": _("Receipt can be confirmed when everything has been shipped."),
    # payments
    "bad_signature": _("This payment page's address is damaged. Go back to the order and pay from there."),
    "gateway_not_found": _("This way to pay is not offered here. Choose another one."),
    "gateway_unreachable": _("The payment provider does not answer just now. Please try again in a moment."),
    "gateway_refused": _("The payment provider refused this payment. Choose another way to pay."),
    "money_not_taken": _("This way to pay does not take this amount or currency. Choose another one."),
    "payer_not_known": _("This way to pay does not work from here. Choose another one."),
    "already_paid": _("This is paid already. Reload the page to see where it stands."),
    "too_many_attempts": _("Paying this order has failed too often. Cancel it and order again."),
    "payment_window_closed": _("The time to pay is over."),
    "refund_exceeds_payment": _("Less than this can still be refunded."),
    "refund_not_abnormal": _("This refund is on its way or has ended; there is nothing to decide any more."),
    "redirect_refused": _(
        "The payment provider will not send the money there (%(reason)s). Check the entries or choose the other way."
    ),
    "difference_not_found": _("There is no such difference here."),
    # reviews
    "review_not_found": _("There is no such review."),
    "review_not_open": _("These goods cannot be reviewed now: they have not arrived, or that is too long ago."),
    "already_reviewed": _("You have reviewed this already."),
    "already_extended": _("You have added something already."),
    "too_many_pictures": _("At most %(limit)s pictures."),
    "too_many_reviews": _("That is enough for one day. Please come back tomorrow."),
    # tables that people send
    "table_refused": _(
        "This file cannot be read as such a table. Take the template, and save it as XLSX or CSV UTF-8."
    ),
    # after-sale
    "parcel_file_not_found": _("There is no such list of parcels."),
    "parcel_file_moved": _("This list of parcels is on its way already."),
    "too_many_case_pictures": _("At most %(limit)s pictures."),
    "after_sale_not_found": _("There is no such case."),
    "after_sale_closed": _("After-sale is not open for this order."),
    "after_sale_moved": _("This case has moved on meanwhile. Reload the page to see where it stands."),
    "nothing_shipped_yet": _("These goods have not left yet, so they cannot come back. Ask for a refund only."),
    "too_much_to_refund": _("Less than this can still be refunded."),
}
# what is better said otherwise when a fact has this value
SPECIAL: Final[dict[tuple[str, str, object], Promise]] = {
    ("quote_too_long", "counted", "shops"): _("At most %(limit)s shops can be ordered from together. Leave some out."),
    ("stock_short", "available", 0): _("These goods are sold out."),
    ("over_limit", "held", 0): _("One person may order at most %(limit)s of these."),
}
# why an entry is not valid; rooms give the reason as a stable word or as a short English phrase
REASONS: Final[dict[str, Promise]] = {
    "required": _("Please fill this in."),
    "too long": _("This is too long."),
    "too_long": _("This is too long."),
    "out_of_range": _("This number is out of range."),
    "unknown": _("This is not one of the choices."),
    "not_text": _("This contains characters that cannot be stored."),
    "not_a_phone": _("Write a telephone number like 138 0013 8000."),
    "not_an_email": _("Write an e-mail address like shop@example.com."),
    "not_a_wechat_id": _("Write a WeChat ID: 5 to 30 Latin letters, digits, - and _."),
    "not_a_colour": _("Write a colour like #d6402b."),
    "wrong_length": _("Use 2 to 48 characters."),
    "wrong_characters": _("Use small letters a to z, digits and single hyphens between them."),
    "reserved": _("This address is reserved. Choose another one."),
    "too_large": _("The file is too large."),
    "too_many_pixels": _("The picture has too many pixels."),
    "unreadable": _("This file is not a picture that can be read. Use PNG, JPEG or WebP."),
    "more than came back": _("More than came back."),
    "more than was paid": _("More than was paid."),
    "not_a_card_number": _("A card number has 12 to 24 digits."),
    "must be above the price": _("It must be above the price."),
    "name each line once": _("Name each line once."),
    "taken": _("There is one of this name already."),
    "too_many_goods": _("Choose at most twelve."),
    "region_twice": _("One region stands in two places: %(value)s."),
    "not_a_region": _("Not a province, city or country: %(value)s"),
    "name_the_regions": _("Name the regions of every row but the first."),
    "not_a_handle": _("Use letters, digits, hyphens, dots and underscores."),
    "use 1 or more": _("Use 1 or more."),
    "is no JPEG, PNG, WebP, AVIF or GIF": _("This file is not a picture that can be read. Use PNG, JPEG or WebP."),
    "has more than 100 million pixels": _("The picture has too many pixels."),
    "not an e-mail address": _("This is not an e-mail address."),
    "the amount is too large": _("This amount is too large."),
    "use a three-letter ISO 4217 code": _("Use a three-letter currency code such as CNY."),
    "not a number; write it like 19.90": _("This is not an amount. Write it like 19.90."),
    "not a plain non-negative number; write it like 19.90": _("This is not an amount. Write it like 19.90."),
    "address_taken": _("Other goods have this address already."),
    "up to three different names": _("Up to three options, each of another name."),
    "options_twice": _("Two variants have the same options. Give each its own."),
    "options_withdrawn": _("A variant that is not sold any more has these options. Take that one back instead."),
    "options_elsewhere": _("The variants on the other pages of this list have another number of options."),
    "one value for each option name": _("Write a value for each option."),
    "one_stays": _("One variant has to stay. To sell none of them, change the status."),
    "not_a_measure": _("Write it like 500 g, 750 ml or 6 ct."),
    "before_publish": _("It must be after the moment of going on sale."),
    "twice": _("Name each of them once."),
    "too_many": _("These are too many."),
    "too_many_chosen": _("These are too many goods at once. Search for fewer."),
    "none": _("Choose some goods first."),
    "looks for a person": _("A filter that looks for one buyer is not kept. Clear number, telephone and name first."),
    "lets all through": _("Choose something to filter by first."),
    "not a domain": _("Write a domain alone, like tea.example.com: no https, no path, no port, no number."),
    "the platform's own": _("This name belongs to the platform itself."),
    "too_soon": _("The earliest day is %(least)s: the law asks for thirty days of notice."),
    "too_far": _("The latest day is %(most)s."),
    "begin with https://": _("The address begins with https://."),
    "write a web address like https://example.com/webhook": _("Write an address like https://example.com/webhook."),
    "the host's address is not a public one": _("This address is not on the public internet."),
    "choose at least one": _("Choose at least one."),
    "CNY has 2 decimals": _("An amount has at most two decimals."),
}


def sentence(refusal: DomainError) -> str:
    """What to tell the person, in their language, for any refusal of any room."""
    reason = REASONS.get(str(refusal.details.get("reason", "")))
    if reason is not None:
        return str(reason) % refusal.details
    for (code, fact, value), special in SPECIAL.items():
        if refusal.code == code and refusal.details.get(fact) == value:
            return str(special) % refusal.details
    codes = (kind.code for kind in type(refusal).__mro__ if issubclass(kind, DomainError))
    text = str(next(SENTENCES[code] for code in codes if code in SENTENCES))
    try:
        return text % refusal.details
    except KeyError:  # a refusal without the fact its sentence speaks of; the broader sentence holds for it too
        broader = (kind.code for kind in type(refusal).__mro__[1:] if issubclass(kind, DomainError))
        return str(next(SENTENCES[code] for code in broader if code in SENTENCES))
