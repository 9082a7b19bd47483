"""A day's bill against our payments and refunds, and those against the books: what differs, found and not mended.

Three tell the same money: the provider's bill, the attempt or refund, and the transfers that the orders' books hold of
it. Each bill line leads to its row, each row to its transfers, and each transfer of the day back to its row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from quanshi.kernel.money import Money
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountKind, BookedTransfer, TransferKind
from quanshi.payments.models import Attempt, Bill, Refund
from quanshi.payments.models import BillLine as BillLineRow
from quanshi.payments.types import AttemptState, BillLine, DifferenceKind, NotificationKind, RefundState

# how whoever books it names it: by kind and the id of the attempt or refund
BOOKED_AS: Final[Mapping[NotificationKind, tuple[TransferKind, ...]]] = {
    NotificationKind.PAYMENT: (TransferKind.ORDER_PAID, TransferKind.RECEIPT_UNAPPLIED),
    NotificationKind.REFUND: (TransferKind.REFUND_SENT,),
}
ABOUT: Final = {kind: about for about, kinds in BOOKED_AS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Known:
    """An attempt or refund of ours, with what each shop has of it."""

    about: NotificationKind
    id: UUID
    references: tuple[UUID, ...]  # what the provider may know it by
    gateway: str
    gateway_reference: str
    money: Money
    has_succeeded: bool
    shares: Mapping[UUID, Money]

    @property
    def shop_id(self) -> UUID | None:
        """Whose it is; nobody's when it is several shops', for a bill names no parts."""
        return next(iter(self.shares)) if len(self.shares) == 1 else None

    def booked_as(self) -> Iterator[tuple[UUID, str]]:
        return ((shop_id, f"{kind}:{self.id}") for shop_id in self.shares for kind in BOOKED_AS[self.about])


@dataclass(frozen=True, slots=True)
class Found:
    """One difference: what our row, the provider's bill and the books say, as far as each says anything."""

    kind: DifferenceKind
    about: NotificationKind
    subject_id: UUID | None
    reference: str
    ours: Money | None
    theirs: Money | None
    booked: Money | None
    shop_id: UUID | None


class Books:
    """What the books hold of some rows at the gateway, by row and shop; a refund counts as what went out."""

    def __init__(self, rows: Iterable[Known]) -> None:
        known = {(row.about, row.id): row for row in rows}
        moved = ledger.booked(
            account=AccountKind.GATEWAY_CLEARING, wanted={key for row in known.values() for key in row.booked_as()}
        )
        self._sums: dict[tuple[NotificationKind, UUID, UUID], Money] = {}
        for row in known.values():
            for shop_id, key in row.booked_as():
                if (shop_id, key) in moved:
                    at = (row.about, row.id, shop_id)
                    amount = _as_told(row.about, moved[shop_id, key])
                    self._sums[at] = self._sums[at] + amount if at in self._sums else amount

    def share(self, row: Known, shop_id: UUID) -> Money | None:
        return self._sums.get((row.about, row.id, shop_id))

    def whole(self, row: Known) -> Money | None:
        found = [each for shop_id in row.shares if (each := self.share(row, shop_id)) is not None]
        return sum(found[1:], found[0]) if found else None


def differences(
    *,
    bill: Bill,
    lines: Sequence[BillLine],
    names: Sequence[str],
    begin: datetime,
    end: datetime,
    heard_from: datetime,
    owns_strays: bool,
) -> list[Found]:
    """All that differs on the day from `begin` to `end`; the lines of `bill` have been kept before.

    What we heard of before `heard_from` may stand on a bill that nobody reads. `owns_strays`: transfers about nothing
    that exists are listed with this account. A fixed number of queries. Emits nothing.
    """
    billed = BillLineRow.objects.filter(bill=bill)
    attempts = list(_attempts(Q(id__in=billed.filter(kind=NotificationKind.PAYMENT).values("subject_id")), names))
    named = [line.subject_id for line in lines if line.kind is NotificationKind.REFUND and line.subject_id]
    refunds = list(_refunds(Q(id__in=named) | Q(sent_as__overlap=named), names))
    unbilled = [*_unbilled(bill.account, names, heard_from, end)]
    checked = [*attempts, *refunds, *unbilled]
    books = Books(checked)
    return [
        *_in_bill(lines, {(row.about, reference): row for row in checked for reference in row.references}, books),
        *(_found(DifferenceKind.NOT_BILLED, row, books) for row in unbilled),
        *(found for row in _once(checked) for found in _in_books(row, books)),
        *_strays(checked, names, begin, end, owns_strays=owns_strays),
    ]


def _in_bill(
    lines: Sequence[BillLine], known: Mapping[tuple[NotificationKind, UUID], Known], books: Books
) -> Iterator[Found]:
    """What the provider tells and our rows do not, or tell otherwise."""
    seen: Counter[tuple[NotificationKind, UUID | None]] = Counter()
    for line in lines:
        row = known.get((line.kind, line.subject_id)) if line.subject_id else None
        # by the row and not by the reference: one refund under two of its references is money sent twice
        seen[line.kind, row.id if row else line.subject_id] += 1
        if row is None:
            yield Found(
                kind=DifferenceKind.NOT_OURS,
                about=line.kind,
                subject_id=line.subject_id,
                reference=line.gateway_reference,
                ours=None,
                theirs=line.amount,
                booked=None,
                shop_id=None,
            )
        elif seen[line.kind, row.id] > 1:
            yield _found(DifferenceKind.TWICE, row, books, line)
        elif not row.has_succeeded:
            yield _found(DifferenceKind.NOT_TAKEN, row, books, line)
        elif row.money != line.amount:
            yield _found(DifferenceKind.OTHER_AMOUNT, row, books, line)


def _in_books(row: Known, books: Books) -> Iterator[Found]:
    """What the books of a shop say otherwise than the row: nothing, another amount, or something about no success."""
    for shop_id, share in row.shares.items():
        booked = books.share(row, shop_id)
        if not row.has_succeeded:
            kind = DifferenceKind.BOOKED_ALONE if booked else None
        elif booked is None:
            kind = DifferenceKind.NOT_BOOKED
        else:
            kind = DifferenceKind.BOOKED_OTHER if booked != share else None
        if kind is not None:
            yield Found(
                kind=kind,
                about=row.about,
                subject_id=row.id,
                reference=row.gateway_reference,
                ours=share,
                theirs=None,
                booked=booked,
                shop_id=shop_id,
            )


def _strays(
    checked: Sequence[Known], names: Sequence[str], begin: datetime, end: datetime, *, owns_strays: bool
) -> Iterator[Found]:
    """Transfers of the day that no success of ours stands behind, or that stand in a shop's books it is not in."""
    looked_at = {(row.about, row.id, shop_id) for row in checked for shop_id in row.shares}
    left: dict[tuple[NotificationKind, UUID | None, UUID], list[BookedTransfer]] = defaultdict(list)
    for transfer in ledger.booked_between(
        account=AccountKind.GATEWAY_CLEARING, kinds=list(ABOUT), begin=begin, end=end
    ):
        at = (ABOUT[transfer.kind], _subject_of(transfer), transfer.shop_id)
        if at not in looked_at:
            left[at].append(transfer)
    ids = {subject_id for _about, subject_id, _shop in left if subject_id is not None}
    rows = {(row.about, row.id): row for row in (*_attempts(Q(id__in=ids)), *_refunds(Q(id__in=ids)))}
    for (about, subject_id, shop_id), transfers in left.items():
        row = rows.get((about, subject_id)) if subject_id else None
        if row is None and not owns_strays:
            continue
        if row is not None and (row.gateway not in names or (row.has_succeeded and shop_id in row.shares)):
            continue
        yield Found(
            kind=DifferenceKind.BOOKED_ALONE,
            about=about,
            subject_id=subject_id,
            reference=row.gateway_reference if row else transfers[0].key,
            ours=None,
            theirs=None,
            booked=_as_told(about, sum((each.moved for each in transfers[1:]), transfers[0].moved)),
            shop_id=shop_id,
        )


def _unbilled(account: str, names: Sequence[str], begin: datetime, end: datetime) -> Iterator[Known]:
    """What succeeded here between `begin` and `end` and stands on no bill that has been read.

    We hear of money after it has moved, so its line is on the bill of that day or of an earlier one.
    """
    billed = BillLineRow.objects.filter(bill__account=account)
    within = Q(ended_at__gte=begin, ended_at__lt=end)
    paid = Q(~Exists(billed.filter(subject_id=OuterRef("id"), kind=NotificationKind.PAYMENT)))
    yield from _attempts(within & paid & Q(state=AttemptState.SUCCEEDED), names)
    sent = Q(~Exists(billed.filter(subject_id=OuterRef("id"), kind=NotificationKind.REFUND)))
    refunds = list(_refunds(within & sent & Q(state=RefundState.SUCCEEDED), names))
    again = {reference for refund in refunds for reference in refund.references[1:]}
    named = set(billed.filter(subject_id__in=again, kind=NotificationKind.REFUND).values_list("subject_id", flat=True))
    yield from (refund for refund in refunds if named.isdisjoint(refund.references))


def _found(kind: DifferenceKind, row: Known, books: Books, line: BillLine | None = None) -> Found:
    return Found(
        kind=kind,
        about=row.about,
        subject_id=row.id,
        reference=line.gateway_reference if line else row.gateway_reference,
        ours=row.money,
        theirs=line.amount if line else None,
        booked=books.whole(row),
        shop_id=row.shop_id,
    )


def _attempts(wanted: Q, names: Collection[str] = ()) -> Iterator[Known]:
    rows = Attempt.objects.filter(wanted, gateway__in=names) if names else Attempt.objects.filter(wanted)
    for row in rows.prefetch_related("parts"):
        yield Known(
            about=NotificationKind.PAYMENT,
            id=row.id,
            references=(row.id,),
            gateway=row.gateway,
            gateway_reference=row.gateway_reference,
            money=Money(row.amount_minor, row.currency),
            has_succeeded=row.state == AttemptState.SUCCEEDED,
            shares={part.shop_id: Money(part.amount_minor, row.currency) for part in row.parts.all()},
        )


def _refunds(wanted: Q, names: Collection[str] = ()) -> Iterator[Known]:
    rows = Refund.objects.filter(wanted, attempt__gateway__in=names) if names else Refund.objects.filter(wanted)
    for row in rows.select_related("attempt"):
        money = Money(row.amount_minor, row.currency)
        yield Known(
            about=NotificationKind.REFUND,
            id=row.id,
            references=(row.id, *row.sent_as),
            gateway=row.attempt.gateway,
            gateway_reference=row.gateway_reference,
            money=money,
            has_succeeded=row.state == RefundState.SUCCEEDED,
            shares={row.shop_id: money},
        )


def _once(rows: Iterable[Known]) -> Iterable[Known]:
    return {(row.about, row.id): row for row in rows}.values()


def _subject_of(transfer: BookedTransfer) -> UUID | None:
    try:
        return UUID(transfer.key.partition(":")[2])
    except ValueError:
        return None


def _as_told(about: NotificationKind, moved: Money) -> Money:
    """As bills and rows tell it: money that went out is positive too."""
    return -moved if about is NotificationKind.REFUND else moved
