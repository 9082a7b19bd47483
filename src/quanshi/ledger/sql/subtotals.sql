-- Sub-totals: what the postings of one account up to one of them sum to. They shorten the sums and replace none: each is
-- recomputed by `quanshi audit`, and the history below it can no longer change. docs/adr/0005 says why.

CREATE TRIGGER ledger_subtotal_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_subtotal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- What an account's postings below p_below sum to: the last sub-total before it, and what came since.
CREATE FUNCTION ledger_totals(p_account uuid, p_below bigint, OUT debits_minor bigint, OUT credits_minor bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(last.debits_minor, 0) + fresh.debits, coalesce(last.credits_minor, 0) + fresh.credits
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_subtotal AS subtotal
        WHERE subtotal.account_id = p_account AND subtotal.posting_id < p_below
        ORDER BY subtotal.posting_id DESC LIMIT 1
    ) AS last ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS debits,
               coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS credits
        FROM ledger_posting AS posting
        WHERE posting.account_id = p_account AND posting.id < p_below AND posting.id > coalesce(last.posting_id, 0)
    ) AS fresh
$$;

-- Writes a sub-total at p_upto for each account that has a posting above p_from and p_least of them since its last one:
-- how many. The caller knows that every posting up to p_upto is committed.
CREATE FUNCTION ledger_add_subtotals(p_from bigint, p_upto bigint, p_least integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_count bigint;
BEGIN
    INSERT INTO ledger_subtotal (shop_id, account_id, posting_id, debits_minor, credits_minor)
    SELECT account.shop_id, account.id, p_upto, totals.debits_minor, totals.credits_minor
    FROM (SELECT DISTINCT account_id FROM ledger_posting WHERE id > p_from AND id <= p_upto) AS moved
    JOIN ledger_account AS account ON account.id = moved.account_id
    CROSS JOIN LATERAL ledger_totals(account.id, p_upto + 1) AS totals
    WHERE EXISTS (
        SELECT FROM ledger_posting AS posting
        WHERE posting.account_id = account.id AND posting.id <= p_upto AND posting.id > coalesce(
            (SELECT max(subtotal.posting_id) FROM ledger_subtotal AS subtotal WHERE subtotal.account_id = account.id), 0)
        ORDER BY posting.id OFFSET p_least - 1
    )
    ORDER BY account.id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
