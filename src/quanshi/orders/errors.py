from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvalidInput, LimitReached, NotFound


class BadQuote(InvalidInput):
    """The token is not one of ours, or was changed on its way."""

    code = "bad_quote"
    message = "This quote is not valid; ask for a new one."


class QuoteExpired(Conflict):
    """Details: `quote_id`, `expired_at`."""

    code = "quote_expired"
    message = "This quote has expired; ask for a new one."


class VariantNotFound(NotFound):
    """Details: `variant_id`."""

    code = "variant_not_found"
    message = "There are no such goods."


class VariantWithdrawn(Conflict):
    """Details: `variant_id`, `title`."""

    code = "variant_withdrawn"
    message = "These goods are no longer sold."


class StockShort(Conflict):
    """Details: `variant_id`, `title`, `wanted`, `available`."""

    code = "stock_short"
    message = "There is not enough in stock."


class ShopClosed(Conflict):
    """The shop takes no orders at present. Details: `shop_id`."""

    code = "shop_closed"
    message = "This shop takes no orders at present."


class FilterNameTaken(Conflict):
    """Details: `name`: the member has another filter of this name."""

    code = "filter_name_taken"
    message = "There is a filter of this name already."


class TooManyFilters(LimitReached):
    """Details: `limit`: so many filters one member may keep in one shop."""

    code = "too_many_filters"
    message = "No more filters can be kept."


class ShopHasOpenBusiness(Conflict):
    """Details: `shop_id`, `kinds`: what `selectors.open_business` lists of it."""

    code = "shop_has_open_business"
    message = "Something of this shop is still open."


class CartFull(LimitReached):
    """Details: `limit`: so many different goods fit into a cart."""

    code = "cart_full"
    message = "The cart is full."


class CartLineFull(LimitReached):
    """Details: `variant_id`, `limit`: so many units of one thing fit into a cart."""

    code = "cart_line_full"
    message = "No more of these fit into the cart."


class OverLimit(LimitReached):
    """Details: `variant_id`, `title`, `limit` for one person, `held`: what the buyer has ordered before."""

    code = "over_limit"
    message = "One person cannot order so many of these."


class MixedCurrencies(Conflict):
    """One payment has one currency. Details: `currencies`."""

    code = "mixed_currencies"
    message = "These shops charge in different currencies; order from one after the other."


class QuoteTooLong(LimitReached):
    """Details: `limit`: so many `counted` (lines or shops) one purchase may have."""

    code = "quote_too_long"
    message = "A purchase cannot have so many lines or shops."


class OrderNotFound(NotFound):
    """Also the answer to a stranger, who is not to learn which orders exist. Details: `order_id`."""

    code = "order_not_found"
    message = "There is no such order."


class OrderNotPayable(Conflict):
    """Details: `order_id`, `state`, and `pay_by` when the time has run out."""

    code = "order_not_payable"
    message = "This order can no longer be paid."


class OrderNotCancellable(Conflict):
    """Details: `order_id`, `state`."""

    code = "order_not_cancellable"
    message = "This order can no longer be cancelled."


class OrderNotShippable(Conflict):
    """Details: `order_id`, `state`."""

    code = "order_not_shippable"
    message = "This order cannot be shipped now."


class TooMuchToShip(Conflict):
    """Details: `order_line_id`, `wanted`, `remaining`."""

    code = "too_much_to_ship"
    message = "Fewer units than these remain to be shipped."


class NotWhollyShipped(Conflict):
    """Details: `order_id`, `state`."""

    code = "not_wholly_shipped"
    message = "Receipt is confirmed when everything has been shipped."


class AfterSaleNotFound(NotFound):
    """Also the answer to a stranger. Details: `after_sale_id`."""

    code = "after_sale_not_found"
    message = "There is no such after-sale case."


class AfterSaleClosed(Conflict):
    """The order is in no state, or past the time, for after-sale. Details: `order_id`, `state`, `after_sale_until`."""

    code = "after_sale_closed"
    message = "After-sale is not open for this order."


class NothingShippedYet(Conflict):
    """Goods that have not left cannot come back: ask for a refund only. Details: `order_line_id`, `returnable`."""

    code = "nothing_shipped_yet"
    message = "These goods have not been shipped, so they cannot be returned."


class TooMuchToRefund(Conflict):
    """Details: `order_line_id` or `order_id`, `wanted`, `refundable`: units or minor units as `unit` says."""

    code = "too_much_to_refund"
    message = "Less than this can still be refunded."


class AfterSaleMoved(Conflict):
    """The case is no longer in the state that this step starts from. Details: `after_sale_id`, `state`, `wanted`."""

    code = "after_sale_moved"
    message = "The case has moved on meanwhile."


class ParcelFileNotFound(NotFound):
    """Also for another shop's file. Details: `file_id`."""

    code = "parcel_file_not_found"
    message = "There is no such list of parcels."


class ParcelFileMoved(Conflict):
    """It is being sent, or was. Details: `file_id`."""

    code = "parcel_file_moved"
    message = "This list of parcels is on its way already."


class TooManyCasePictures(LimitReached):
    """Details: `limit`: so many one case takes, or one person sends in a day."""

    code = "too_many_case_pictures"
    message = "No more pictures can be added."


class TooManyCheckouts(LimitReached):
    """Very many quotes were asked for from one place. Details: `limit`."""

    code = "too_many_checkouts"
    message = "Too many checkouts in a short time."


class NoSuchGuestOrder(NotFound):
    """Number and telephone number belong to no guest's order. One refusal for all: nobody learns what is wrong."""

    code = "no_such_guest_order"
    message = "There is no order of a guest with this number and this telephone number."


class TooManyClaims(LimitReached):
    """Somebody asked for orders by their numbers too often. Details: `limit`."""

    code = "too_many_claims"
    message = "Too many tries to find an order by its number."


class PickupCodeUnknown(InvalidInput):
    """Details: `field`, `value`."""

    code = "pickup_code_unknown"
    message = "No order of this shop has this pick-up code."


class TooManyPickupCodes(LimitReached):
    """Details: `limit`."""

    code = "too_many_pickup_codes"
    message = "Too many pick-up codes were entered in a short time."


class NotForPickup(Conflict):
    """Details: `order_id`."""

    code = "not_for_pickup"
    message = "This order is delivered, not fetched."


class FetchedByBuyer(Conflict):
    """Details: `order_id`."""

    code = "fetched_by_buyer"
    message = "This order is fetched by its buyer, not shipped."
