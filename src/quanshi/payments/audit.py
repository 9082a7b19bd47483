"""Attempts, refunds and the simulated provider's own records."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

CHECKS: Final = (
    Check(
        "payments_attempt",
        "an attempt is the sum of its parts",
        """
        SELECT attempt.id, attempt.amount_minor, coalesce(sum(part.amount_minor), 0) AS parts_minor
        FROM payments_attempt AS attempt LEFT JOIN payments_attempt_part AS part ON part.attempt_id = attempt.id
        GROUP BY attempt.id HAVING coalesce(sum(part.amount_minor), 0) <> attempt.amount_minor
        """,
    ),
    Check(
        "payments_attempt_part",
        "no more of a part is given back than it took",
        """
        SELECT concat_ws(' ', part.attempt_id, part.payable_id), part.amount_minor,
               sum(refund.amount_minor) AS refunds_minor
        FROM payments_attempt_part AS part
        JOIN payments_refund AS refund ON refund.attempt_id = part.attempt_id
             AND refund.payable_id = part.payable_id AND refund.state <> 'failed'
        GROUP BY part.attempt_id, part.payable_id HAVING sum(refund.amount_minor) > part.amount_minor
        """,
    ),
    Check(
        "payments_refund",
        "a refund gives back money that came for the same payable, of the same shop and currency",
        """
        SELECT refund.id, attempt.state, refund.shop_id, part.shop_id AS of_part, refund.currency,
               attempt.currency AS of_attempt
        FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
        LEFT JOIN payments_attempt_part AS part ON part.attempt_id = refund.attempt_id
             AND part.payable_id = refund.payable_id
        WHERE attempt.state <> 'succeeded' OR attempt.currency <> refund.currency
           OR part.shop_id IS DISTINCT FROM refund.shop_id
        """,
    ),
    Check(
        "payments_attempt",
        "an attempt has an end exactly when it is no longer pending",
        """
        SELECT id, state, ended_at FROM payments_attempt WHERE (state = 'pending') <> (ended_at IS NULL)
        """,
    ),
    Check(
        "payments_refund",
        "a refund has an end exactly when the gateway has answered",
        """
        SELECT id, state, ended_at FROM payments_refund
        WHERE (state IN ('requested', 'sending', 'abnormal')) <> (ended_at IS NULL)
        """,
    ),
    Check(
        "payments_refund",
        "a refund that waits for its gateway has a next try",
        """
        SELECT id, state FROM payments_refund
        WHERE state IN ('requested', 'sending', 'abnormal') AND next_try_at IS NULL
        """,
    ),
    Check(
        "payments_notification",
        "a notification is about an attempt, a refund or a pay-out of ours",
        """
        SELECT id, kind, subject_id FROM payments_notification AS notification
        WHERE NOT EXISTS (SELECT FROM payments_attempt WHERE id = notification.subject_id)
          AND NOT EXISTS (SELECT FROM payments_payout WHERE id = notification.subject_id)
          AND NOT EXISTS (SELECT FROM payments_refund
                          WHERE id = notification.subject_id OR notification.subject_id = ANY (sent_as))
        """,
    ),
    Check(
        "payments_payout",
        "a pay-out waits for its gateway and has a next try, or has an end",
        """
        SELECT id, state, next_try_at, ended_at FROM payments_payout
        WHERE (state IN ('requested', 'sending')) <> (next_try_at IS NOT NULL)
           OR (state IN ('requested', 'sending')) <> (ended_at IS NULL)
        """,
    ),
    Check(
        "payments_payout",
        "a pay-out is booked as its state says, once and whole",
        """
        SELECT payout.id, payout.kind, payout.state, entry.kind AS entry, booked.minor AS booked_minor
        FROM payments_payout AS payout
        CROSS JOIN LATERAL (VALUES
            ('payout_ordered', payout.kind <> 'take_back'),
            ('payout_sent', payout.kind <> 'take_back' AND payout.state = 'succeeded'),
            ('payout_failed', payout.kind <> 'take_back' AND payout.state = 'failed'),
            ('payout_taken_back', payout.kind = 'take_back' AND payout.state = 'succeeded')
        ) AS entry (kind, is_due)
        LEFT JOIN (SELECT transfer.shop_id, transfer.key, sum(posting.amount_minor) AS minor
                   FROM ledger_transfer AS transfer JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
                   WHERE transfer.kind LIKE 'payout_%' AND posting.amount_minor > 0
                   GROUP BY transfer.shop_id, transfer.key) AS booked
               ON booked.shop_id = payout.shop_id AND booked.key = entry.kind || ':' || payout.id
        WHERE booked.minor IS DISTINCT FROM CASE WHEN entry.is_due THEN payout.amount_minor END
        """,
    ),
    Check(
        "payments_payout",
        "no more is taken back of a split than it paid, to the same account",
        """
        SELECT split.id, split.amount_minor, sum(back.amount_minor) AS back_minor
        FROM payments_payout AS split JOIN payments_payout AS back ON back.split_id = split.id
        WHERE back.state <> 'failed'
        GROUP BY split.id
        HAVING sum(back.amount_minor) > split.amount_minor OR split.state <> 'succeeded' OR split.kind <> 'split'
            OR bool_or((back.account, back.receiver, back.currency) <> (split.account, split.receiver, split.currency))
        """,
    ),
    Check(
        "payments_payout",
        "no more of a payment is split off for a shop than its part",
        """
        SELECT min(payout.id::text), payout.attempt_id, payout.shop_id, part.amount_minor,
               sum(payout.amount_minor) AS split_minor
        FROM payments_payout AS payout
        LEFT JOIN payments_attempt_part AS part ON part.attempt_id = payout.attempt_id
             AND part.shop_id = payout.shop_id
        WHERE payout.kind = 'split' AND payout.state <> 'failed'
        GROUP BY payout.attempt_id, payout.shop_id, part.amount_minor
        HAVING sum(payout.amount_minor) > coalesce(part.amount_minor, 0)
        """,
    ),
    Check(
        "payments_sandbox_charge",
        "the simulated provider has given back what its refunds say",
        """
        SELECT charge.merchant_reference, charge.refunded_minor, coalesce(sum(refund.amount_minor), 0) AS refunds_minor
        FROM payments_sandbox_charge AS charge
        LEFT JOIN payments_sandbox_refund AS refund ON refund.charge_id = charge.merchant_reference
        GROUP BY charge.merchant_reference
        HAVING charge.refunded_minor <> coalesce(sum(refund.amount_minor), 0)
        """,
    ),
)
