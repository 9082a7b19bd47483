-- Places a batch of orders in one transaction and says of each what became of it.
--
-- batch: {"most_unpaid": 5, "orders": [...], "lines": [...]}, as quanshi.orders.services.placement.encode_batch writes
-- it. The line's "n" is the position (from 1) of its order. Each step is a statement of its own: a single one could not
-- see a key that another transaction commits while it waits. Tables of other rooms are written by their own functions.
CREATE FUNCTION orders_place(batch jsonb)
RETURNS TABLE (
    ordinal integer, outcome text, order_id uuid, number text, is_replay boolean,
    sold_out_variant_id uuid, available bigint
) LANGUAGE plpgsql
-- one generic plan per statement: planning anew for every batch costs more than running it
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    v_count integer;
    v_order uuid[];
    v_shop uuid[];
    v_buyer uuid[];
    v_key text[];
    v_hash bytea[];
    v_placed_at timestamptz[];
    v_is_new boolean[];
    v_first integer[];
    v_is_same boolean[];
    v_answer jsonb[];           -- what was stored for keys that came before
    v_known_order uuid[];       -- orders of these quotes that existed before this batch
    v_known_number text[];
    v_leader integer[];         -- for new keys: the first request of the batch with the same quote
    v_outcome text[];
    v_number text[];
    v_is_replay boolean[];
    v_short_variant uuid[];
    v_short_available bigint[];
    v_refused integer[];
    v_refused_variant uuid[];
    v_refused_available bigint[];
    v_room bigint[];            -- how many more unpaid orders the buyer may have in the shop
    v_wanted boolean[];         -- what is neither placed nor refused yet
    v_tried boolean[];          -- what this round tries to reserve
    v_placed boolean[];
    v_at integer;
    v_n integer;
BEGIN
    -- array_agg keeps the order of the JSON array: position i is request i from here on
    SELECT count(*), array_agg(r.id), array_agg(r.shop_id), array_agg(r.buyer_id), array_agg(r.key),
           array_agg(decode(r.hash, 'hex')), array_agg(r.at)
    INTO v_count, v_order, v_shop, v_buyer, v_key, v_hash, v_placed_at
    FROM jsonb_to_recordset(batch -> 'orders')
         AS r (id uuid, shop_id uuid, buyer_id uuid, key text, hash text, at timestamptz);
    IF v_count = 0 THEN
        RETURN;
    END IF;

    -- one quote with two keys, or one buyer, in two processes: the second waits here until the first has committed
    PERFORM pg_advisory_xact_lock(q.lock) FROM (
        SELECT DISTINCT uuid_hash_extended(u.id, 0) AS lock FROM unnest(v_order || v_buyer) AS u (id) ORDER BY 1) AS q;
    SELECT * INTO v_is_new, v_first, v_is_same, v_answer
    FROM kernel_claim_keys('place_order', v_buyer, v_key, v_hash);
    SELECT array_agg(o.id), array_agg(o.number) INTO v_known_order, v_known_number
    FROM orders_order AS o WHERE o.id = ANY (v_order);
    SELECT array_agg(u.leader ORDER BY u.n) INTO v_leader
    FROM (SELECT w.n, min(w.n) FILTER (WHERE w.is_new) OVER (PARTITION BY w.id)::integer AS leader
          FROM unnest(v_order, v_is_new) WITH ORDINALITY AS w (id, is_new, n)) AS u;

    v_outcome := array_fill(NULL::text, ARRAY[v_count]);
    v_number := v_outcome;
    v_is_replay := array_fill(false, ARRAY[v_count]);
    v_short_variant := array_fill(NULL::uuid, ARRAY[v_count]);
    v_short_available := array_fill(NULL::bigint, ARRAY[v_count]);
    FOR i IN 1..v_count LOOP
        IF v_known_order IS NOT NULL THEN
            v_at := array_position(v_known_order, v_order[i]);
        END IF;
        IF v_is_new[i] THEN
            IF v_at IS NOT NULL THEN
                v_outcome[i] := 'quote_used';
                v_number[i] := v_known_number[v_at];
            END IF;
        ELSIF NOT v_is_same[i] THEN
            v_outcome[i] := 'key_reused';
        ELSIF v_answer[i] IS NOT NULL THEN      -- a refused key stays refused
            v_is_replay[i] := true;
            v_outcome[i] := v_answer[i] ->> 'outcome';
            v_short_variant[i] := (v_answer[i] ->> 'sold_out_variant_id')::uuid;
            v_short_available[i] := (v_answer[i] ->> 'available')::bigint;
            IF v_at IS NOT NULL THEN
                v_number[i] := v_known_number[v_at];
            END IF;
        ELSIF v_at IS NOT NULL THEN             -- placed is what exists, not what a key once claimed
            v_is_replay[i] := true;
            v_outcome[i] := 'placed';
            v_number[i] := v_known_number[v_at];
        ELSIF NOT v_is_new[v_first[i]] THEN
            RAISE EXCEPTION 'key % of order % has neither an answer nor an order', v_key[i], v_order[i];
        END IF;
    END LOOP;

    SELECT array_agg(v_outcome[u.n] IS NULL AND v_is_new[u.n] AND v_leader[u.n] = u.n ORDER BY u.n)
    INTO v_wanted FROM generate_series(1, v_count) AS u (n);
    v_placed := array_fill(false, ARRAY[v_count]);
    IF true = ANY (v_wanted) THEN
        -- by the buyer alone, and the rest of it looked at afterwards: no other index would do, whatever is in the table
        SELECT array_agg((batch ->> 'most_unpaid')::bigint
                         - (SELECT count(*) FROM (SELECT o.shop_id, o.state FROM orders_order AS o
                                                  WHERE o.buyer_id = u.buyer OFFSET 0) AS held
                            WHERE held.shop_id = u.shop AND held.state = 'placed') ORDER BY u.n)
        INTO v_room FROM unnest(v_buyer, v_shop) WITH ORDINALITY AS u (buyer, shop, n);
    END IF;
    -- One round, unless a buyer wants more than they have room for: then who comes later is looked at when it is known
    -- whether the earlier ones took the room or found nothing left.
    WHILE true = ANY (v_wanted) LOOP
        SELECT array_agg(u.wanted AND u.before < v_room[u.n] ORDER BY u.n) INTO v_tried
        FROM (SELECT w.n, w.wanted, count(*) FILTER (WHERE w.placed) OVER (PARTITION BY w.buyer, w.shop)
                     + count(*) FILTER (WHERE w.wanted) OVER (PARTITION BY w.buyer, w.shop ORDER BY w.n
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
              FROM unnest(v_wanted, v_placed, v_buyer, v_shop) WITH ORDINALITY
                   AS w (wanted, placed, buyer, shop, n)) AS u;
        IF NOT true = ANY (v_tried) THEN
            SELECT array_agg(CASE WHEN u.wanted THEN 'too_many_unpaid' ELSE u.outcome END ORDER BY u.n)
            INTO v_outcome FROM unnest(v_wanted, v_outcome) WITH ORDINALITY AS u (wanted, outcome, n);
            EXIT;
        END IF;
        SELECT array_agg(u.wanted AND NOT u.tried ORDER BY u.n), array_agg(u.placed OR u.tried ORDER BY u.n)
        INTO v_wanted, v_placed
        FROM unnest(v_wanted, v_placed, v_tried) WITH ORDINALITY AS u (wanted, placed, tried, n);
        SELECT reserved.* INTO v_refused, v_refused_variant, v_refused_available
        FROM (SELECT array_agg(l.n) AS n, array_agg(l.shop_id) AS shop, array_agg(v_order[l.n]) AS owner,
                     array_agg(l.id) AS line, array_agg(l.variant_id) AS variant, array_agg(l.quantity) AS quantity
              FROM jsonb_to_recordset(batch -> 'lines')
                   AS l (n integer, shop_id uuid, id uuid, variant_id uuid, quantity integer)
              WHERE v_tried[l.n]) AS w,
             stock_reserve_batch('order', w.n, w.shop, w.owner, w.line, w.variant, w.quantity, NULL) AS reserved;
        FOR v_at IN 1..cardinality(v_refused) LOOP
            v_n := v_refused[v_at];
            v_placed[v_n] := false;
            v_outcome[v_n] := 'sold_out';
            v_short_variant[v_n] := v_refused_variant[v_at];
            v_short_available[v_n] := v_refused_available[v_at];
        END LOOP;
    END LOOP;
    IF true = ANY (v_placed) THEN
        SELECT array_agg(CASE WHEN v_placed[u.n] THEN orders_number(nextval('orders_number_counter'), v_placed_at[u.n])
                              ELSE u.number END ORDER BY u.n),
               array_agg(CASE WHEN v_placed[u.n] THEN 'placed' ELSE u.outcome END ORDER BY u.n)
        INTO v_number, v_outcome
        FROM unnest(v_number, v_outcome) WITH ORDINALITY AS u (number, outcome, n);
        PERFORM orders_write(batch, v_placed, v_number, v_buyer);
    END IF;

    -- doubles inside the batch: the same key gets its first one's answer, the same quote under another key its leader's
    FOR i IN 1..v_count LOOP
        IF v_outcome[i] IS NULL THEN
            v_at := CASE WHEN v_is_new[i] THEN v_leader[i] ELSE v_first[i] END;
            v_is_replay[i] := NOT v_is_new[i];
            v_outcome[i] := v_outcome[v_at];
            IF v_is_new[i] AND v_outcome[i] = 'placed' THEN
                v_outcome[i] := 'quote_used';
            END IF;
            v_number[i] := v_number[v_at];
            v_short_variant[i] := v_short_variant[v_at];
            v_short_available[i] := v_short_available[v_at];
        END IF;
    END LOOP;

    IF v_outcome && ARRAY['sold_out', 'too_many_unpaid', 'quote_used'] THEN
        PERFORM kernel_answer_keys('place_order', array_agg(v_buyer[u.n]), array_agg(v_key[u.n]), array_agg(
            jsonb_build_object('outcome', u.outcome, 'sold_out_variant_id', u.variant, 'available', u.available)))
        FROM unnest(v_outcome, v_short_variant, v_short_available)
             WITH ORDINALITY AS u (outcome, variant, available, n)
        WHERE v_is_new[u.n] AND u.outcome <> 'placed';
    END IF;
    RETURN QUERY
    SELECT u.n::integer, u.outcome,
           CASE WHEN u.outcome IN ('placed', 'quote_used') THEN u.id END, coalesce(u.number, ''), u.is_replay,
           u.variant, u.available
    FROM unnest(v_outcome, v_order, v_number, v_is_replay, v_short_variant, v_short_available)
         WITH ORDINALITY AS u (outcome, id, number, is_replay, variant, available, n);
END
$$;

-- The rows of the orders that p_placed marks: order, lines, first transition, books, event. What was ordered as it
-- stood in the cart leaves the cart; whoever has two there and buys one directly keeps the two.
CREATE FUNCTION orders_write(batch jsonb, p_placed boolean[], p_number text[], p_buyer uuid[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_shop uuid[];
    v_order uuid[];
    v_currency text[];
    v_total bigint[];
    v_payload jsonb[];
BEGIN
    WITH written AS (
        INSERT INTO orders_order (id, shop_id, number, buyer_id, state, currency, goods_minor, discount_minor,
                                  freight_minor, total_minor, address, note, locale, placed_at, pay_by)
        SELECT r.id, r.shop_id, p_number[r.n], r.buyer_id, 'placed', r.currency, r.goods_minor, r.discount_minor,
               r.freight_minor, r.total_minor, r.address, r.note, r.locale, r.at, r.pay_by
        FROM ROWS FROM (jsonb_to_recordset(batch -> 'orders')
                 AS (id uuid, shop_id uuid, buyer_id uuid, currency text, goods_minor bigint, discount_minor bigint,
                     freight_minor bigint, total_minor bigint, address jsonb, note text, locale text, at timestamptz,
                     pay_by timestamptz)) WITH ORDINALITY
             AS r (id, shop_id, buyer_id, currency, goods_minor, discount_minor, freight_minor, total_minor, address,
                   note, locale, at, pay_by, n)
        WHERE p_placed[r.n]
        RETURNING id, shop_id, buyer_id, currency, total_minor, placed_at
    ), traced AS (
        INSERT INTO orders_transition (order_id, shop_id, state, reason, actor_kind, actor_id, at)
        SELECT id, shop_id, 'placed', '', 'buyer', buyer_id, placed_at FROM written
    )
    SELECT array_agg(id), array_agg(shop_id), array_agg(currency), array_agg(total_minor),
           array_agg(jsonb_build_object(
               'aggregate_id', id, 'shop_id', shop_id, 'buyer_id', buyer_id, 'at', kernel_iso(placed_at),
               'total_minor', total_minor, 'currency', currency))
    INTO v_order, v_shop, v_currency, v_total, v_payload FROM written;
    INSERT INTO orders_line (id, order_id, shop_id, variant_id, product_id, title, options, sku, quantity, unit_minor,
                             discount_minor, total_minor)
    SELECT l.id, l.order_id, l.shop_id, l.variant_id, l.product_id, l.title, l.options, l.sku, l.quantity,
           l.unit_minor, l.discount_minor, l.unit_minor * l.quantity - l.discount_minor
    FROM jsonb_to_recordset(batch -> 'lines')
         AS l (n integer, id uuid, order_id uuid, shop_id uuid, variant_id uuid, product_id uuid, title text,
               options text[], sku text, quantity integer, unit_minor bigint, discount_minor bigint)
    WHERE p_placed[l.n];
    DELETE FROM orders_cart_line AS c
    USING jsonb_to_recordset(batch -> 'lines') AS l (n integer, variant_id uuid, quantity integer)
    WHERE p_placed[l.n] AND c.buyer_id = p_buyer[l.n] AND c.variant_id = l.variant_id AND c.quantity = l.quantity
      AND c.is_selected;
    PERFORM ledger_post_orders(v_shop, v_order, v_currency, v_total);
    PERFORM kernel_emit_events('orders.OrderPlaced', v_order, v_payload);
END
$$;
