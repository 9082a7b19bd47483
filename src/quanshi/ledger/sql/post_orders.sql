-- The books of freshly placed orders: order_placed:<order>, debit buyer_due, credit order_escrow, many at once.
-- The transfer takes the order's id as its own. A zero total posts nothing. No row that others write is locked.
-- Result: false where an account is missing and p_opens_accounts is false; the caller takes back what was written then.
CREATE FUNCTION ledger_post_orders(
    p_shop uuid[], p_order uuid[], p_currency text[], p_total bigint[], p_opens_accounts boolean
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_postings integer;
BEGIN
    IF p_opens_accounts THEN
        -- sorted, as every unique key that two transactions may insert at once
        INSERT INTO ledger_account (id, shop_id, kind, currency)
        SELECT kernel_new_id(), needed.shop, needed.name, needed.currency
        FROM (SELECT DISTINCT o.shop, o.currency, kind.name
              FROM unnest(p_shop, p_currency, p_total) AS o (shop, currency, total),
                   (VALUES ('buyer_due'), ('order_escrow')) AS kind (name)
              WHERE o.total <> 0) AS needed
        WHERE NOT EXISTS (SELECT FROM ledger_account a
                          WHERE a.shop_id = needed.shop AND a.kind = needed.name AND a.currency = needed.currency)
        ORDER BY needed.shop, needed.name, needed.currency
        ON CONFLICT DO NOTHING;
    END IF;

    -- both legs in one statement: the zero-sum trigger looks at whole statements
    WITH transfers AS (
        INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key)
        SELECT o.id, o.shop, 'order_placed', o.id, 'order_placed:' || o.id
        FROM unnest(p_shop, p_order, p_total) AS o (shop, id, total) WHERE o.total <> 0
    )
    INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)
    SELECT o.shop, o.id, leg.account_id, leg.amount_minor, o.currency
    FROM unnest(p_shop, p_order, p_currency, p_total) AS o (shop, id, currency, total)
    JOIN ledger_account AS due ON due.shop_id = o.shop AND due.kind = 'buyer_due' AND due.currency = o.currency
    JOIN ledger_account AS escrow
      ON escrow.shop_id = o.shop AND escrow.kind = 'order_escrow' AND escrow.currency = o.currency
    CROSS JOIN LATERAL (VALUES (due.id, o.total), (escrow.id, -o.total)) AS leg (account_id, amount_minor)
    WHERE o.total <> 0;
    GET DIAGNOSTICS v_postings = ROW_COUNT;
    RETURN v_postings = 2 * cardinality(array_remove(p_total, 0));
END
$$;
