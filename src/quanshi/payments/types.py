from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from quanshi.kernel.money import Money


class AttemptState(StrEnum):
    PENDING = "pending"  # the payer has been sent to the gateway; silence is not failure
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DISPUTED = "disputed"  # the gateway reports another amount or currency than we asked for: a person must look


class RefundState(StrEnum):
    REQUESTED = "requested"
    SENDING = "sending"  # sent at least once; the answer is not known yet
    ABNORMAL = "abnormal"  # the payer's account takes nothing: a person says where the money is to go
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PayoutKind(StrEnum):
    TRANSFER = "transfer"  # from the balance that lies at the gateway
    SPLIT = "split"  # from one payment, before it joins the balance
    TAKE_BACK = "take_back"  # some of a split, from its receiver


class PayoutState(StrEnum):
    REQUESTED = "requested"
    SENDING = "sending"  # sent at least once; the answer is not known yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the money is back on the shop's account


class Outcome(StrEnum):
    """What a gateway says about a payment or a refund."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"  # the gateway has never heard of it
    ABNORMAL = "abnormal"  # of a refund: it left, and could not arrive where it was paid from


class RefundTarget(StrEnum):
    """Where a refund goes that could not arrive where it was paid from."""

    PAYER_CARD = "payer_card"
    SHOP_ACCOUNT = "shop_account"  # the shop hands it to the payer by itself


class Bank(StrEnum):
    """The banks whose debit cards take such a refund; WeChat Pay's codes."""

    CMB = "CMB"
    COMM = "COMM"
    ABC = "ABC"
    CCB = "CCB"
    ICBC = "ICBC"
    BOC = "BOC"
    PAB = "PAB"
    SPDB = "SPDB"
    CITIC = "CITIC"
    CEB = "CEB"
    CMBC = "CMBC"
    CIB = "CIB"
    GDB = "GDB"
    PSBC = "PSBC"
    NBCB = "NBCB"


class NotificationKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"  # no more than a hint: the gateway is asked


class Scene(StrEnum):
    """Where the payer stands, which decides how they can get to a gateway."""

    DESKTOP = "desktop"
    PHONE = "phone"
    WECHAT = "wechat"  # WeChat's own browser, where the payer's openid is known
    APP = "app"  # our own app, which hands parameters to the provider's


@dataclass(frozen=True, slots=True)
class Payer:
    """What some channels must know of who pays; empty where nobody needs it."""

    ip: str = ""  # WeChat H5 binds the payment to it
    openid: str = ""  # who the payer is to our WeChat appid


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """All a gateway needs to start a payment."""

    attempt_id: UUID
    amount: Money
    subject: str  # what the payer reads at the gateway
    return_url: str
    notify_url: str
    expires_at: datetime
    payer: Payer = Payer()


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """All a gateway needs to give money back. `refund_id` makes it happen once, however often it is sent."""

    refund_id: UUID
    attempt_id: UUID
    paid_reference: str  # the gateway's own word for the payment
    paid: Money
    amount: Money
    reason: str
    notify_url: str = ""
    refund_reference: str = ""  # the gateway's own word for the refund, once it has given one


@dataclass(frozen=True, slots=True)
class RefundDestination:
    """What a person decides about an abnormal refund. The card goes to the gateway and is kept and logged nowhere."""

    target: RefundTarget
    bank: Bank | None = None
    card_number: str = field(default="", repr=False)
    holder: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PayoutReceiver:
    """Who is paid, as the provider names accounts: a merchant's or payer's number there."""

    account: str
    name: str = ""  # the provider compares it with the name that it knows


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """All a gateway needs to pay out, or to take back. `payout_id` makes it happen once, however often it is sent."""

    payout_id: UUID
    kind: PayoutKind
    receiver: PayoutReceiver
    amount: Money
    memo: str  # what the receiver reads
    paid_reference: str = ""  # of a split: the gateway's own word for the payment
    split_id: UUID | None = None  # of a take-back: what is taken back
    confirmation: str = ""  # what has been heard of it so far
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """How the payer gets to the gateway: an address to go to, a QR code to scan, or parameters for a script or app."""

    redirect_url: str = ""
    qr_text: str = ""  # what the code on the screen says
    parameters: Mapping[str, str] | None = None
    gateway_reference: str = ""  # where the gateway gives its own at the start


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """The gateway's word on one payment or refund."""

    outcome: Outcome
    gateway_reference: str
    amount: Money | None
    reason: str = ""
    confirmation: str = ""  # what the receiver of a pay-out needs to agree to it, where the provider asks them


@dataclass(frozen=True, slots=True)
class Notification:
    """A verified notification. `subject_id` is our attempt, refund or pay-out id."""

    notification_id: str
    kind: NotificationKind
    subject_id: UUID
    answer: GatewayAnswer


@dataclass(frozen=True, slots=True)
class BillLine:
    """One payment or refund as a day's bill of the provider tells it. `subject_id` is None when it is not ours."""

    kind: NotificationKind
    subject_id: UUID | None
    gateway_reference: str
    amount: Money


class DifferenceKind(StrEnum):
    """What a day's bill says otherwise than our books. Nothing of it is put right by itself."""

    NOT_OURS = "not_ours"  # money that no attempt or refund here speaks of
    NOT_TAKEN = "not_taken"  # ours, and here it has not succeeded
    OTHER_AMOUNT = "other_amount"
    TWICE = "twice"  # one attempt or refund on two lines
    NOT_BILLED = "not_billed"  # succeeded here, and on no bill
    NOT_BOOKED = "not_booked"  # succeeded here, and in no shop's books
    BOOKED_OTHER = "booked_other"  # in the books with another amount
    BOOKED_ALONE = "booked_alone"  # in the books, and nothing that succeeded stands behind it


@dataclass(frozen=True, slots=True)
class DifferenceNote:
    """That somebody has seen a difference, and what they had to say. It is never changed or removed."""

    by_id: UUID
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BillDifference:
    """What our own row, the provider's bill and the books say of the same money, as far as each says anything."""

    id: int
    account: str
    day: date
    kind: DifferenceKind
    about: NotificationKind
    shop_id: UUID | None
    subject_id: UUID | None
    payable_id: UUID | None  # the order, where it is one shop's
    gateway_reference: str
    ours: Money | None
    theirs: Money | None
    booked: Money | None
    found_at: datetime
    notes: tuple[DifferenceNote, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the gateway wants to hear once a notification is taken."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """What one payable (an order) of one shop has of a payment."""

    payable_id: UUID
    shop_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class AttemptView:
    id: UUID
    parts: tuple[PaymentPart, ...]  # by payable; they are the whole amount
    amount: Money
    gateway: str
    state: AttemptState
    gateway_reference: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundView:
    id: UUID
    payable_id: UUID
    attempt_id: UUID
    cause_id: UUID  # the after-sale case, the order that was called off, or the attempt that could not be used
    amount: Money
    state: RefundState
    reason: str
    created_at: datetime
    redirected_to: RefundTarget | None = None  # where a person has sent it, since it could not arrive


@dataclass(frozen=True, slots=True)
class PayoutView:
    id: UUID
    shop_id: UUID
    account: str
    kind: PayoutKind
    attempt_id: UUID | None  # whose payment is split
    split_id: UUID | None  # what is taken back
    receiver: PayoutReceiver
    amount: Money
    key: str
    memo: str
    state: PayoutState
    gateway_reference: str
    reason: str
    confirmation: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How many of a shop's movements of money have not come to their end."""

    payments: int  # nobody knows yet whether they were paid, or a person has to look
    refunds: int  # those that were refused and wait for a person too
    payouts: int


@dataclass(frozen=True, slots=True)
class UnknownOutcomes:
    """How many wait for a gateway's word, and how many refunds for a person's."""

    attempts: int
    refunds: int
    abnormal: int
    payouts: int
