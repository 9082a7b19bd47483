-- Writes the orders of the wanted units and reserves their goods last: who orders the same goods meanwhile waits for the
-- reservation and the commit alone, not for all the rest of the batch. Result: the numbers, or null and no trace where
-- that cannot be, because a first location has not enough for all or because it is a shop's first order.
CREATE FUNCTION orders_write_and_reserve(
    batch jsonb, p_wanted boolean[], p_unit integer[], p_order uuid[], p_number text[], p_buyer uuid[],
    p_request_id text[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_shop uuid[];
    v_owner uuid[];
    v_line uuid[];
    v_variant uuid[];
    v_pool uuid[];
    v_quantity integer[];
    v_number text[];
BEGIN
    SELECT array_agg(l.shop_id), array_agg(p_order[l.n]), array_agg(l.id), array_agg(l.variant_id),
           array_agg(l.pool_id), array_agg(l.quantity)
    INTO v_shop, v_owner, v_line, v_variant, v_pool, v_quantity
    FROM orders_batch_lines(batch) AS l WHERE p_wanted[p_unit[l.n]];
    IF NOT stock_is_plenty(v_shop, v_variant, v_pool, v_quantity) THEN
        RETURN NULL;
    END IF;
    BEGIN
        v_number := orders_write(batch, p_wanted, p_unit, p_number, p_buyer, p_request_id, false);
        IF NOT stock_reserve_plenty('order', v_shop, v_owner, v_line, v_variant, v_pool, v_quantity) THEN
            RAISE SQLSTATE 'QS002';     -- somebody was faster since the look
        END IF;
        RETURN v_number;
    EXCEPTION WHEN SQLSTATE 'QS002' THEN
        RETURN NULL;
    END;
END
$$;

-- The rows of the orders of placed units: order, lines, first transition, books, event. Result: p_number with the new
-- numbers. Unless p_opens_books, it raises QS002 where a shop has no accounts yet: whoever opens them may wait for
-- another who does, and who holds goods waits for him.
CREATE FUNCTION orders_write(
    batch jsonb, p_placed boolean[], p_unit integer[], p_number text[], p_buyer uuid[], p_request_id text[],
    p_opens_books boolean
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_number text[];
    v_shop uuid[];
    v_order uuid[];
    v_currency text[];
    v_total bigint[];
    v_payload jsonb[];
    v_request_id text[];
BEGIN
    WITH given AS MATERIALIZED (
        SELECT o.*, p_placed[p_unit[o.n]] AS is_placed, p_buyer[o.n] AS buyer_id,
               CASE WHEN p_placed[p_unit[o.n]] THEN orders_number(nextval('orders_number_counter'), o.at)
                    ELSE p_number[o.n] END AS number
        FROM orders_batch_orders(batch) AS o
    ), written AS (
        INSERT INTO orders_order (id, purchase_id, shop_id, number, buyer_id, state, currency, goods_minor,
                                  discount_minor, freight_minor, total_minor, address, note, locale, placed_at, pay_by,
                                  pickup)
        SELECT id, purchase_id, shop_id, number, buyer_id, 'placed', currency, goods_minor, discount_minor,
               freight_minor, total_minor, address, note, locale, at, pay_by, pickup
        FROM given WHERE is_placed
    ), traced AS (
        INSERT INTO orders_transition (order_id, shop_id, state, reason, actor_kind, actor_id, at)
        SELECT id, shop_id, 'placed', '', 'buyer', buyer_id, at FROM given WHERE is_placed
    ), lined AS (
        INSERT INTO orders_line (id, order_id, shop_id, variant_id, product_id, title, options, sku, quantity,
                                 unit_minor, discount_minor, total_minor)
        SELECT l.id, l.order_id, l.shop_id, l.variant_id, l.product_id, l.title,
               ARRAY(SELECT jsonb_array_elements_text(l.options)), l.sku, l.quantity, l.unit_minor, l.discount_minor,
               l.unit_minor * l.quantity - l.discount_minor
        FROM orders_batch_lines(batch) AS l WHERE p_placed[p_unit[l.n]]
    )
    SELECT array_agg(number), array_agg(id) FILTER (WHERE is_placed), array_agg(shop_id) FILTER (WHERE is_placed),
           array_agg(currency) FILTER (WHERE is_placed), array_agg(total_minor) FILTER (WHERE is_placed),
           array_agg(jsonb_build_object(
               'aggregate_id', id, 'shop_id', shop_id, 'buyer_id', buyer_id, 'at', kernel_iso(at),
               'total_minor', total_minor, 'currency', currency)) FILTER (WHERE is_placed),
           array_agg(p_request_id[request]) FILTER (WHERE is_placed)
    INTO v_number, v_order, v_shop, v_currency, v_total, v_payload, v_request_id FROM given;
    IF NOT ledger_post_orders(v_shop, v_order, v_currency, v_total, p_opens_books) THEN
        RAISE SQLSTATE 'QS002';
    END IF;
    PERFORM kernel_emit_events('orders.OrderPlaced', v_order, v_payload, v_request_id);
    RETURN v_number;
END
$$;
