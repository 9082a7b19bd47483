-- The books of freshly placed orders: order_placed:<order>, debit buyer_due, credit order_escrow, many at once.
-- The transfer takes the order's id as its own. A zero total posts nothing. No row that others write is locked.
CREATE FUNCTION ledger_post_orders(p_shop uuid[], p_order uuid[], p_currency text[], p_total bigint[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_missing integer;
BEGIN
    SELECT count(*) INTO v_missing
    FROM (SELECT DISTINCT o.shop, o.currency, kind.name
          FROM unnest(p_shop, p_currency, p_total) AS o (shop, currency, total),
               (VALUES ('buyer_due'), ('order_escrow')) AS kind (name)
          WHERE o.total <> 0) AS needed
    WHERE NOT EXISTS (SELECT FROM ledger_account a
                      WHERE a.shop_id = needed.shop AND a.kind = needed.name AND a.currency = needed.currency);
    IF v_missing > 0 THEN
        -- sorted, as every unique key that two transactions may insert at once
        INSERT INTO ledger_account (id, shop_id, kind, currency)
        SELECT kernel_new_id(), needed.shop, needed.name, needed.currency
        FROM (SELECT DISTINCT o.shop, o.currency, kind.name
              FROM unnest(p_shop, p_currency, p_total) AS o (shop, currency, total),
                   (VALUES ('buyer_due'), ('order_escrow')) AS kind (name)
              WHERE o.total <> 0) AS needed
        ORDER BY needed.shop, needed.name, needed.currency
        ON CONFLICT DO NOTHING;
    END IF;

    INSERT INTO ledger_transfer (id, shop_id, kind, subject_id, key)
    SELECT o.id, o.shop, 'order_placed', o.id, 'order_placed:' || o.id
    FROM unnest(p_shop, p_order, p_total) AS o (shop, id, total) WHERE o.total <> 0;

    -- both legs in one statement: the zero-sum trigger looks at whole statements
    INSERT INTO ledger_posting (shop_id, transfer_id, account_id, amount_minor, currency)
    SELECT o.shop, o.id, a.id, CASE a.kind WHEN 'buyer_due' THEN o.total ELSE -o.total END, o.currency
    FROM unnest(p_shop, p_order, p_currency, p_total) AS o (shop, id, currency, total)
    JOIN ledger_account AS a
      ON a.shop_id = o.shop AND a.kind IN ('buyer_due', 'order_escrow') AND a.currency = o.currency
    WHERE o.total <> 0;
END
$$;
