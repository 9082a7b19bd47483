"""The words of the console for accounts, movements of money and what happened to an order."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quanshi.catalog.types import BulkOutcome, ImportState, ListPriceVerdict, ProductStatus
from quanshi.ledger.types import AccountKind, TransferKind
from quanshi.orders.types import AfterSaleKind, AfterSaleState, OrderState, ParcelFileState, ParcelOutcome, Reason
from quanshi.payments.types import Bank, DifferenceKind, NotificationKind, RefundTarget
from quanshi.stock.types import TakeState
from quanshi.storefront.types import PolicyKind

ACCOUNTS: Final[dict[str, Promise]] = {
    AccountKind.SHOP_PAYABLE: pgettext_lazy("account", "Yours"),
    AccountKind.PAYOUT_DUE: pgettext_lazy("account", "On its way to you"),
    AccountKind.ORDER_ESCROW: pgettext_lazy("account", "In open orders"),
    AccountKind.BUYER_DUE: pgettext_lazy("account", "Not paid yet"),
    AccountKind.GATEWAY_CLEARING: pgettext_lazy("account", "At the payment gateway"),
    AccountKind.REFUND_DUE: pgettext_lazy("account", "Refunds on their way"),
    AccountKind.UNAPPLIED_RECEIPTS: pgettext_lazy("account", "Paid without an order"),
}
ACCOUNT_HINTS: Final[dict[str, Promise]] = {
    AccountKind.SHOP_PAYABLE: _("Settled: the time for after-sale is over."),
    AccountKind.PAYOUT_DUE: _("Being paid out; the provider has not confirmed yet."),
    AccountKind.ORDER_ESCROW: _("Becomes yours when after-sale ends."),
    AccountKind.BUYER_DUE: _("Ordered, the buyer still has time to pay."),
    AccountKind.GATEWAY_CLEARING: _("Money received and held there for you and your buyers."),
    AccountKind.REFUND_DUE: _("Ordered back; the gateway has not confirmed yet."),
    AccountKind.UNAPPLIED_RECEIPTS: _("Came too late or twice; it goes back to the payer."),
}
TRANSFERS: Final[dict[str, Promise]] = {
    TransferKind.ORDER_PLACED: pgettext_lazy("ledger", "Order placed"),
    TransferKind.ORDER_PAID: pgettext_lazy("ledger", "Buyer paid"),
    TransferKind.ORDER_CANCELLED: pgettext_lazy("ledger", "Order cancelled"),
    TransferKind.ORDER_SETTLED: pgettext_lazy("ledger", "Order settled"),
    TransferKind.REFUND_ORDERED: pgettext_lazy("ledger", "Refund ordered"),
    TransferKind.REFUND_SENT: pgettext_lazy("ledger", "Refund sent"),
    TransferKind.RECEIPT_UNAPPLIED: pgettext_lazy("ledger", "Payment without an open order"),
    TransferKind.PAYOUT_ORDERED: pgettext_lazy("ledger", "Pay-out ordered"),
    TransferKind.PAYOUT_SENT: pgettext_lazy("ledger", "Paid out"),
    TransferKind.PAYOUT_FAILED: pgettext_lazy("ledger", "Pay-out refused"),
    TransferKind.PAYOUT_TAKEN_BACK: pgettext_lazy("ledger", "Pay-out taken back"),
}
DEFAULT_OUTCOMES: Final[dict[tuple[str, str], Promise]] = {
    (AfterSaleKind.REFUND_ONLY, AfterSaleState.REQUESTED): _("approved by itself, and %(amount)s goes back at once"),
    (AfterSaleKind.RETURN_AND_REFUND, AfterSaleState.REQUESTED): _(
        "approved by itself, and the buyer may send it back"
    ),
    (AfterSaleKind.RETURN_AND_REFUND, AfterSaleState.APPROVED): _("the case ends, and the buyer keeps the goods"),
    (AfterSaleKind.RETURN_AND_REFUND, AfterSaleState.RETURNING): _("counts as received back, and %(amount)s goes back"),
}
TAKES: Final[dict[str, Promise]] = {
    TakeState.COUNTING: pgettext_lazy("stock take", "Counting"),
    TakeState.APPLIED: pgettext_lazy("stock take", "Applied"),
    TakeState.DROPPED: pgettext_lazy("stock take", "Dropped"),
}
PARCEL_FILES: Final[dict[str, Promise]] = {
    ParcelFileState.READ: pgettext_lazy("parcels", "Not shipped yet"),
    ParcelFileState.WAITING: pgettext_lazy("parcels", "Under way"),
    ParcelFileState.DONE: pgettext_lazy("parcels", "Done"),
}
PARCEL_OUTCOMES: Final[dict[str, Promise]] = {
    ParcelOutcome.READY: pgettext_lazy("parcels", "Ready"),
    ParcelOutcome.SHIPPED: pgettext_lazy("parcels", "Shipped"),
    ParcelOutcome.UNCHANGED: pgettext_lazy("parcels", "Sent before"),
    ParcelOutcome.REFUSED: pgettext_lazy("parcels", "Refused"),
}
STATUSES: Final[dict[str, Promise]] = {
    ProductStatus.ACTIVE: pgettext_lazy("goods", "On sale"),
    ProductStatus.DRAFT: pgettext_lazy("goods", "Draft"),
    ProductStatus.ARCHIVED: pgettext_lazy("goods", "Taken down"),
}
STATUS_TONES: Final[dict[str, str]] = {
    ProductStatus.ACTIVE: "badge-success",
    ProductStatus.DRAFT: "badge-warn",
    ProductStatus.ARCHIVED: "",
}
IMPORT_STATES: Final[dict[str, Promise]] = {
    ImportState.RUNNING: pgettext_lazy("import", "Running"),
    ImportState.DONE: pgettext_lazy("import", "Done"),
    ImportState.FAILED: pgettext_lazy("import", "Failed"),
}
TIMELINE: Final[dict[str, Promise]] = {
    OrderState.PLACED: pgettext_lazy("timeline", "Order placed"),
    OrderState.PAID: pgettext_lazy("timeline", "Buyer paid"),
    OrderState.TO_SHIP: pgettext_lazy("timeline", "Ready to ship"),
    OrderState.PARTLY_SHIPPED: pgettext_lazy("timeline", "Part of it shipped"),
    OrderState.SHIPPED: pgettext_lazy("timeline", "All of it shipped"),
    OrderState.RECEIVED: pgettext_lazy("timeline", "Received by the buyer"),
    OrderState.CLOSED: pgettext_lazy("timeline", "Settled and closed"),
    OrderState.CANCELLED: pgettext_lazy("timeline", "Order cancelled"),
}
CASES: Final[dict[str, Promise]] = {
    AfterSaleState.REQUESTED: pgettext_lazy("case", "Waiting for your answer"),
    AfterSaleState.APPROVED: pgettext_lazy("case", "Buyer sends it back"),
    AfterSaleState.DECLINED: pgettext_lazy("case", "Declined"),
    AfterSaleState.RETURNING: pgettext_lazy("case", "On its way to you"),
    AfterSaleState.RECEIVED: pgettext_lazy("case", "Back with you"),
    AfterSaleState.REFUNDING: pgettext_lazy("case", "Refunding"),
    AfterSaleState.DONE: pgettext_lazy("case", "Refunded"),
    AfterSaleState.WITHDRAWN: pgettext_lazy("case", "Withdrawn by the buyer"),
}
HAPPENINGS: Final[dict[str, Promise]] = {
    Reason.PAYMENT_FAILED: _("A payment failed; it may be tried again"),
    Reason.READY: _("Ready for pick-up"),
    Reason.PICKED_UP: _("Picked up"),
    Reason.REFUNDED: _("Money went back to the buyer"),
    Reason.REFUND_FAILED: _("The gateway refused the refund: look into it"),
}
REASONS: Final[dict[str, Promise | str]] = {
    # said by the state itself already
    Reason.PLACED: "",
    Reason.PAID: "",
    Reason.SHIPPED: "",
    Reason.FREE: _("Nothing to pay"),
    Reason.UNPAID: _("Not paid in time"),
    Reason.BY_BUYER: _("By the buyer"),
    Reason.BY_SHOP: _("By the shop"),
    Reason.BY_TIMER: _("Automatically, when the time was up"),
}
REDIRECTED: Final[dict[str, Promise]] = {
    RefundTarget.PAYER_CARD: _("sent to a bank card of the buyer"),
    RefundTarget.SHOP_ACCOUNT: _("sent to your own bank account: hand it to the buyer"),
}
BANKS: Final[dict[str, Promise]] = {
    Bank.CMB: _("China Merchants Bank"),
    Bank.COMM: _("Bank of Communications"),
    Bank.ABC: _("Agricultural Bank of China"),
    Bank.CCB: _("China Construction Bank"),
    Bank.ICBC: _("Industrial and Commercial Bank of China"),
    Bank.BOC: _("Bank of China"),
    Bank.PAB: _("Ping An Bank"),
    Bank.SPDB: _("Shanghai Pudong Development Bank"),
    Bank.CITIC: _("China CITIC Bank"),
    Bank.CEB: _("China Everbright Bank"),
    Bank.CMBC: _("China Minsheng Bank"),
    Bank.CIB: _("Industrial Bank"),
    Bank.GDB: _("China Guangfa Bank"),
    Bank.PSBC: _("Postal Savings Bank of China"),
    Bank.NBCB: _("Bank of Ningbo"),
}
PROVIDERS: Final[dict[str, Promise | str]] = {
    "wechat": _("WeChat Pay"),
    "alipay": _("Alipay"),
    "stripe": "Stripe",
}
ABOUT: Final[dict[str, Promise]] = {
    NotificationKind.PAYMENT: pgettext_lazy("bill", "Payment"),
    NotificationKind.REFUND: pgettext_lazy("bill", "Refund"),
}
DIFFERENCES: Final[dict[str, Promise]] = {
    DifferenceKind.NOT_OURS: _("Money nobody asked for"),
    DifferenceKind.NOT_TAKEN: _("Moved there, not known here"),
    DifferenceKind.OTHER_AMOUNT: _("Another amount on the bill"),
    DifferenceKind.TWICE: _("On the bill twice"),
    DifferenceKind.NOT_BILLED: _("Known here, on no bill"),
    DifferenceKind.NOT_BOOKED: _("Missing in the books"),
    DifferenceKind.BOOKED_OTHER: _("Another amount in the books"),
    DifferenceKind.BOOKED_ALONE: _("In the books without a payment"),
}
DIFFERENCE_MEANINGS: Final[dict[str, Promise]] = {
    DifferenceKind.NOT_OURS: _("The provider lists money that no order here has asked for."),
    DifferenceKind.NOT_TAKEN: _("The provider says that the money has moved; here it is still open or failed."),
    DifferenceKind.OTHER_AMOUNT: _("The provider and we name different amounts for the same money."),
    DifferenceKind.TWICE: _("The provider lists the same money on two lines."),
    DifferenceKind.NOT_BILLED: _("It has succeeded here, and the provider's bill does not list it."),
    DifferenceKind.NOT_BOOKED: _("It has succeeded, and the shop's books hold nothing of it."),
    DifferenceKind.BOOKED_OTHER: _("The books hold another amount than was paid or given back."),
    DifferenceKind.BOOKED_ALONE: _("The books hold money at the provider, and no success stands behind it."),
}
DIFFERENCE_ADVICE: Final[dict[str, Promise]] = {
    DifferenceKind.NOT_OURS: _(
        "Look up the reference in the provider's back office: a sale by its own till or code is not an error, anything"
        " else is given back there."
    ),
    DifferenceKind.NOT_TAKEN: _(
        "Wait an hour and open the order: the provider is asked by itself. If it is still open then, send the provider"
        " the reference."
    ),
    DifferenceKind.OTHER_AMOUNT: _(
        "Compare both with the provider's back office. Ship and refund nothing of this order until it is clear."
    ),
    DifferenceKind.TWICE: _("Ask the provider whether the payer was charged twice; if so, it is given back there."),
    DifferenceKind.NOT_BILLED: _(
        "Look at the next day's bill first: money around midnight comes a day later. Then send the provider the"
        " reference."
    ),
    DifferenceKind.NOT_BOOKED: _(
        "Tell whoever keeps this installation: quanshi relay shows what was not handed on, quanshi audit what is wrong."
    ),
    DifferenceKind.BOOKED_OTHER: _(
        "Tell whoever keeps this installation: quanshi audit and quanshi audit --chain show whether the books were"
        " touched."
    ),
    DifferenceKind.BOOKED_ALONE: _(
        "Tell whoever keeps this installation: quanshi audit and quanshi audit --chain show where it came from."
    ),
}
FORMER_PRICES: Final[dict[str, Promise]] = {
    ListPriceVerdict.SHOWN: _("Shown struck through."),
    ListPriceVerdict.NOT_ABOVE: _("Not shown: it is not above the price."),
    ListPriceVerdict.NO_HISTORY: _(
        "Not shown: before its present price this was not on sale for seven days, so there is nothing to compare with."
    ),
    ListPriceVerdict.TOO_HIGH: _(
        "Not shown: in the seven days before its present price this was to be had for %(most)s. A former price must not"
        " be above that."
    ),
}
BULK: Final[dict[str, Promise]] = {
    BulkOutcome.READY: pgettext_lazy("bulk", "will change"),
    BulkOutcome.SAME: pgettext_lazy("bulk", "stays as it is"),
    BulkOutcome.REFUSED: pgettext_lazy("bulk", "cannot change so"),
    BulkOutcome.APPLIED: pgettext_lazy("bulk", "changed"),
    BulkOutcome.STALE: pgettext_lazy("bulk", "left alone"),
}
BULK_TONES: Final[dict[str, str]] = {
    BulkOutcome.READY: "badge-info",
    BulkOutcome.SAME: "",
    BulkOutcome.REFUSED: "badge-danger",
    BulkOutcome.APPLIED: "badge-success",
    BulkOutcome.STALE: "badge-warn",
}
BULK_REASONS: Final[dict[str, Promise]] = {
    "price_below": _("A price would be nothing or less."),
    "price_above": _("A price would be too large."),
    "no_variants": _("Nothing of it is for sale."),
    "too_many_tags": _("It would have too many tags."),
}
POLICY_HINTS: Final[dict[str, Promise]] = {
    PolicyKind.SHIPPING: _("When and how you send, and what it costs"),
    PolicyKind.RETURNS: _("What can come back, until when, and who pays for it"),
    PolicyKind.PRIVACY: _("Which data you keep of buyers, and what for"),
    PolicyKind.ABOUT: _("Who you are, and how to reach you"),
    PolicyKind.LICENCE: _("Name, registration number and address as they stand on the licence; or why you need none"),
}
