"""The books by themselves: balanced, in one currency an account, reversed once and exactly."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

# which sign the balance of one order may have on each account, debit positive
DEBIT_ONLY: Final = "'buyer_due', 'gateway_clearing'"
CREDIT_ONLY: Final = "'order_escrow', 'shop_payable', 'refund_due', 'unapplied_receipts'"
# they move what many orders have brought, so only the shop's whole account can say whether it was there
OF_THE_SHOP: Final = "'payout_ordered', 'payout_sent', 'payout_failed', 'payout_taken_back'"

CHECKS: Final = (
    Check(
        "ledger_transfer",
        "the legs of a transfer sum to zero in each currency",
        """
        SELECT transfer_id, currency, sum(amount_minor) AS sum_minor FROM ledger_posting
        GROUP BY transfer_id, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    Check(
        "ledger_transfer",
        "a transfer has two legs or more",
        """
        SELECT transfer.id, transfer.key, count(posting.id) AS legs FROM ledger_transfer AS transfer
        LEFT JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
        GROUP BY transfer.id HAVING count(posting.id) < 2
        """,
    ),
    Check(
        "ledger_posting",
        "a leg is in its account's currency and of its transfer's shop",
        """
        SELECT posting.id, posting.currency, account.currency AS of_account FROM ledger_posting AS posting
        JOIN ledger_account AS account ON account.id = posting.account_id
        JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
        WHERE account.currency <> posting.currency OR account.shop_id <> posting.shop_id
           OR transfer.shop_id <> posting.shop_id
        """,
    ),
    Check(
        "ledger_transfer",
        "a reversal undoes its transfer exactly",
        """
        SELECT pair.reversal, pair.original, sum(posting.amount_minor) AS left_minor
        FROM (SELECT id AS reversal, reverses_id AS original FROM ledger_transfer WHERE reverses_id IS NOT NULL) AS pair
        JOIN ledger_posting AS posting ON posting.transfer_id IN (pair.reversal, pair.original)
        GROUP BY pair.reversal, pair.original, posting.account_id HAVING sum(posting.amount_minor) <> 0
        """,
    ),
    Check(
        "ledger_posting",
        "no account of one order is on the wrong side of zero",
        f"""
        SELECT transfer.subject_id, account.kind, account.currency, sum(posting.amount_minor) AS balance_minor
        FROM ledger_posting AS posting
        JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
        JOIN ledger_account AS account ON account.id = posting.account_id
        WHERE transfer.kind NOT IN ({OF_THE_SHOP})
        GROUP BY transfer.shop_id, transfer.subject_id, account.kind, account.currency
        HAVING (account.kind IN ({DEBIT_ONLY}) AND sum(posting.amount_minor) < 0)
            OR (account.kind IN ({CREDIT_ONLY}) AND sum(posting.amount_minor) > 0)
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "ledger_account",
        "no shop was paid out more than it had earned",
        """
        SELECT account.id, account.kind, account.currency, sum(posting.amount_minor) AS balance_minor
        FROM ledger_account AS account JOIN ledger_posting AS posting ON posting.account_id = account.id
        WHERE account.kind IN ('shop_payable', 'payout_due')
        GROUP BY account.id HAVING sum(posting.amount_minor) > 0
        """,
    ),
    Check(
        "ledger_subtotal",
        "a sub-total is what its account's postings sum to",
        """
        SELECT stretch.account_id, stretch.posting_id, stretch.debits, sums.debits AS of_postings,
            stretch.credits, sums.credits AS credits_of_postings
        FROM (SELECT account_id, posting_id,
                  debits_minor - lag(debits_minor, 1, 0::bigint) OVER steps AS debits,
                  credits_minor - lag(credits_minor, 1, 0::bigint) OVER steps AS credits,
                  lag(posting_id, 1, 0::bigint) OVER steps AS above
              FROM ledger_subtotal WINDOW steps AS (PARTITION BY account_id ORDER BY posting_id)) AS stretch
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS debits,
                   coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS credits
            FROM ledger_posting AS posting
            WHERE posting.account_id = stretch.account_id AND posting.id > stretch.above
              AND posting.id <= stretch.posting_id) AS sums
        WHERE stretch.debits <> sums.debits OR stretch.credits <> sums.credits
        """,
    ),
)
