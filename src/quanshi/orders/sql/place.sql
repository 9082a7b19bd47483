-- Places a batch of quotes in one transaction and says of each order what became of it.
--
-- Positions count from 1. A request is one quote under one key. Its orders stand together and name their request and
-- their unit: what is placed as a whole or not at all, an order or all orders of a request. Each step is a statement of
-- its own: a single one could not see a key that another transaction commits while it waits. Tables of other rooms are
-- written by their own functions.
CREATE FUNCTION orders_place(batch jsonb)
RETURNS TABLE (request integer, order_id uuid, shop_id uuid, outcome text, number text, is_replay boolean, facts jsonb)
LANGUAGE plpgsql
-- one generic plan per statement: planning anew for every batch costs more than running it
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    -- of each request
    v_quote uuid[];
    v_buyer uuid[];
    v_key text[];
    v_hash bytea[];
    v_request_id text[];        -- of what brought it, for the logs
    v_is_new boolean[];
    v_first integer[];          -- the first request of the batch with the same key
    v_is_same boolean[];
    v_answer jsonb[];           -- what was stored for keys that came before
    v_leader integer[];         -- for new keys: the first request of the batch with the same quote
    v_is_used boolean[];        -- its quote has been placed under another key
    v_start integer[];          -- its first order
    v_is_replay boolean[];
    -- of each order
    v_count integer;
    v_order uuid[];
    v_shop uuid[];
    v_order_buyer uuid[];
    v_placed_at timestamptz[];
    v_request integer[];
    v_unit integer[];
    v_outcome text[];
    v_number text[];
    v_facts jsonb[];
    -- of each unit
    v_wanted boolean[];         -- what is neither placed nor refused yet
    v_placed boolean[];
    v_known_order uuid[];       -- orders of these quotes that existed before this batch
    v_known_number text[];
    v_closed integer[];         -- wanted units with an order for a shop that takes none
    v_is_plain boolean;         -- new keys, each for a quote of its own that nobody has placed
    v_is_written boolean;
    v_at integer;
    v_r integer;
BEGIN
    -- array_agg keeps the order of the JSON array: position i is request i from here on
    SELECT array_agg(r.id), array_agg(r.buyer_id), array_agg(r.key), array_agg(r.hash), array_agg(r.request_id)
    INTO v_quote, v_buyer, v_key, v_hash, v_request_id
    FROM orders_batch_requests(batch) AS r;
    IF v_quote IS NULL THEN
        RETURN;
    END IF;
    SELECT count(*), array_agg(o.id), array_agg(o.shop_id), array_agg(v_buyer[o.request]), array_agg(o.at),
           array_agg(o.request), array_agg(o.unit)
    INTO v_count, v_order, v_shop, v_order_buyer, v_placed_at, v_request, v_unit
    FROM orders_batch_orders(batch) AS o;

    -- One quote with two keys, or one buyer, in two processes: the second waits here until the first has committed.
    -- The lock of a shop is shared with all other placements. Who closes a shop for good takes it once after the shop has
    -- stopped taking orders, and so waits for those that found it open: see shops/services/closing.py.
    PERFORM CASE WHEN q.is_shop THEN pg_advisory_xact_lock_shared(q.lock) ELSE pg_advisory_xact_lock(q.lock) END
    FROM (SELECT DISTINCT false AS is_shop, uuid_hash_extended(u.id, 0) AS lock FROM unnest(v_quote || v_buyer) AS u (id)
          UNION ALL
          SELECT DISTINCT true, uuid_hash_extended(u.id, 1) FROM unnest(v_shop) AS u (id)
          ORDER BY 1, 2) AS q;
    SELECT * INTO v_is_new, v_first, v_is_same, v_answer
    FROM kernel_claim_keys('place_order', v_buyer, v_key, v_hash, v_quote);
    SELECT NOT false = ANY (v_is_new) AND count(DISTINCT q.id) = cardinality(v_quote)
           AND NOT EXISTS (SELECT FROM orders_order AS o WHERE o.id = ANY (v_order))
    INTO v_is_plain FROM unnest(v_quote) AS q (id);
    v_outcome := array_fill(NULL::text, ARRAY[v_count]);
    v_number := v_outcome;
    v_facts := array_fill(NULL::jsonb, ARRAY[v_count]);
    IF v_is_plain THEN
        v_wanted := array_fill(true, ARRAY[v_unit[v_count]]);
        v_placed := array_fill(false, ARRAY[v_unit[v_count]]);
    ELSE
        SELECT array_agg(o.id), array_agg(o.number) INTO v_known_order, v_known_number
        FROM orders_order AS o WHERE o.id = ANY (v_order);
        SELECT array_agg(u.leader ORDER BY u.n), array_agg(NOT u.is_new ORDER BY u.n) INTO v_leader, v_is_replay
        FROM (SELECT w.n, w.is_new, min(w.n) FILTER (WHERE w.is_new) OVER (PARTITION BY w.id)::integer AS leader
              FROM unnest(v_quote, v_is_new) WITH ORDINALITY AS w (id, is_new, n)) AS u;
        v_is_used := array_fill(false, ARRAY[cardinality(v_quote)]);
        v_start := array_fill(NULL::integer, ARRAY[cardinality(v_quote)]);
        FOR i IN 1..v_count LOOP
            v_r := v_request[i];
            v_start[v_r] := coalesce(v_start[v_r], i);
            v_is_used[v_r] := v_is_used[v_r] OR coalesce(v_order[i] = ANY (v_known_order), false);
        END LOOP;
        FOR i IN 1..v_count LOOP
            v_r := v_request[i];
            v_at := CASE WHEN v_is_used[v_r] THEN array_position(v_known_order, v_order[i]) END;
            v_number[i] := v_known_number[v_at];
            IF v_is_new[v_r] THEN
                v_outcome[i] := CASE WHEN v_is_used[v_r] THEN 'quote_used' END;
            ELSIF NOT v_is_same[v_r] THEN
                v_outcome[i] := 'key_reused';
                v_is_replay[v_r] := false;
                v_number[i] := NULL;
            ELSIF v_answer[v_r] ? v_order[i]::text THEN     -- a refused key stays refused
                v_outcome[i] := v_answer[v_r] -> v_order[i]::text ->> 'outcome';
                v_facts[i] := v_answer[v_r] -> v_order[i]::text -> 'facts';
            ELSIF v_is_new[v_first[v_r]] THEN
                NULL;                                       -- a double of a key that this batch has claimed: see below
            ELSIF v_at IS NOT NULL THEN                     -- placed is what exists, not what a key once claimed
                v_outcome[i] := 'placed';
            ELSE
                RAISE EXCEPTION 'key % of order % has neither an answer nor an order', v_key[v_r], v_order[i];
            END IF;
        END LOOP;

        SELECT array_agg(u.is_wanted ORDER BY u.unit), array_agg(false) INTO v_wanted, v_placed
        FROM (SELECT o.unit, bool_and(o.outcome IS NULL AND v_is_new[o.request] AND v_leader[o.request] = o.request)
              FROM unnest(v_unit, v_request, v_outcome) AS o (unit, request, outcome) GROUP BY o.unit) AS u (unit, is_wanted);
    END IF;

    -- paused, stopped, or at its end
    SELECT array_agg(DISTINCT o.unit) INTO v_closed
    FROM unnest(v_unit, v_shop, v_placed_at) AS o (unit, shop, at)
    LEFT JOIN shops_shop AS shop ON shop.id = o.shop
    WHERE v_wanted[o.unit] AND (shop.state = 'open' AND coalesce(o.at < shop.sales_end_at, true)) IS NOT TRUE;
    IF v_closed IS NOT NULL THEN
        SELECT array_agg(CASE WHEN v_wanted[o.unit] AND o.unit = ANY (v_closed) THEN 'shop_closed' ELSE o.outcome END
                         ORDER BY o.n)
        INTO v_outcome FROM unnest(v_unit, v_outcome) WITH ORDINALITY AS o (unit, outcome, n);
        SELECT array_agg(w.is_wanted AND w.n <> ALL (v_closed) ORDER BY w.n) INTO v_wanted
        FROM unnest(v_wanted) WITH ORDINALITY AS w (is_wanted, n);
    END IF;
    IF true = ANY (v_wanted) THEN
        SELECT d.placed, d.outcome, d.facts, d.number, d.is_written
        INTO v_placed, v_outcome, v_facts, v_number, v_is_written
        FROM orders_decide(batch, v_unit, v_shop, v_order_buyer, v_order, v_request_id, v_wanted, v_outcome, v_facts,
                           v_number) AS d;
        IF true = ANY (v_placed) THEN
            IF NOT v_is_written THEN
                v_number := orders_write(batch, v_placed, v_unit, v_number, v_order_buyer, v_request_id, true);
            END IF;
            -- What was ordered as it stood in the cart leaves the cart; whoever has two there and buys one directly
            -- keeps the two. On both ways only now: nobody who holds a line of a cart may wait for goods, for two carts
            -- that are joined at sign-in wait for each other's lines.
            DELETE FROM orders_cart_line AS c
            USING orders_batch_lines(batch) AS l
            WHERE v_placed[v_unit[l.n]] AND c.buyer_id = v_order_buyer[l.n] AND c.variant_id = l.variant_id
              AND c.quantity = l.quantity AND c.is_selected;
        END IF;
    END IF;

    IF NOT v_is_plain THEN
        -- doubles inside the batch: the same key gets its first one's answer, the same quote under another key its leader's
        FOR i IN 1..v_count LOOP
            IF v_outcome[i] IS NULL THEN
                v_r := v_request[i];
                v_at := CASE WHEN v_is_new[v_r] THEN v_leader[v_r] ELSE v_first[v_r] END;
                v_at := v_start[v_at] + i - v_start[v_r];
                v_outcome[i] := v_outcome[v_at];
                v_number[i] := v_number[v_at];
                v_facts[i] := v_facts[v_at];
                IF v_is_new[v_r] AND v_number[v_at] IS NOT NULL THEN
                    v_is_used[v_r] := true;
                END IF;
            END IF;
        END LOOP;
        FOR i IN 1..v_count LOOP
            v_r := v_first[v_request[i]];
            IF v_is_new[v_r] AND v_is_used[v_r] AND v_is_same[v_request[i]] THEN
                v_outcome[i] := 'quote_used';
                v_facts[i] := NULL;
            END IF;
        END LOOP;
    END IF;

    IF v_outcome && ARRAY['sold_out', 'shop_closed', 'too_many_unpaid', 'over_limit', 'claim_refused', 'quote_used'] THEN
        PERFORM kernel_answer_keys('place_order', array_agg(v_buyer[a.r]), array_agg(v_key[a.r]), array_agg(a.answer))
        FROM (SELECT o.r, jsonb_object_agg(o.id, jsonb_strip_nulls(jsonb_build_object(
                  'shop_id', o.shop, 'outcome', o.outcome, 'facts', o.facts))) AS answer
              FROM unnest(v_request, v_order, v_shop, v_outcome, v_facts) AS o (r, id, shop, outcome, facts)
              WHERE v_is_new[o.r] AND o.outcome <> 'placed' GROUP BY o.r) AS a;
    END IF;
    RETURN QUERY
    SELECT o.r, o.id, o.shop, o.outcome, coalesce(o.number, ''), coalesce(v_is_replay[o.r], false), o.facts
    FROM unnest(v_request, v_order, v_shop, v_outcome, v_number, v_facts) WITH ORDINALITY
         AS o (r, id, shop, outcome, number, facts, n)
    ORDER BY o.n;
END
$$;

-- Which of the wanted units are placed; the others' orders get their refusal. Goods are reserved and claims taken.
--
-- One round, unless somebody wants more than they have room for: then who comes later is looked at when it is known
-- whether the earlier ones took the room or found nothing left. The first wanted unit is decided in every round.
--
-- Where a round asks for all that is still wanted before any goods are held, and there is plenty of everything, the
-- orders are written before their goods are reserved: is_written.
CREATE FUNCTION orders_decide(
    batch jsonb, p_unit integer[], p_shop uuid[], p_buyer uuid[], p_order uuid[], p_request_id text[],
    INOUT wanted boolean[], INOUT outcome text[], INOUT facts jsonb[], INOUT number text[],
    OUT placed boolean[], OUT is_written boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_most CONSTANT bigint := (batch ->> 'most_unpaid')::bigint;
    v_has_limits CONSTANT boolean := jsonb_array_length(batch -> 'limits') > 0;
    v_has_claims CONSTANT boolean := jsonb_array_length(batch -> 'claims') > 0;
    v_held bigint[];            -- unpaid orders of each order's buyer in its shop
    v_has_room boolean;         -- nobody would have too many with all that is asked for here
    v_units bigint[];           -- of each limit: what the buyer has ordered of the variant
    v_is_full boolean[];        -- of each unit: the buyer has no room for it
    v_tried boolean[];          -- what this round tries to reserve
    v_refused integer[];
    v_facts jsonb[];
    v_outcome text;
    v_numbers text[];
    v_is_locked boolean := false;
BEGIN
    is_written := false;
    placed := array_fill(false, ARRAY[cardinality(wanted)]);
    -- by the buyer alone, and the rest of it looked at afterwards: no other index would do, whatever is in the table
    SELECT array_agg(u.held ORDER BY u.n), bool_and(u.held + u.wishes <= v_most) INTO v_held, v_has_room
    FROM (SELECT w.n, count(*) OVER (PARTITION BY w.buyer, w.shop) AS wishes,
                 (SELECT count(*) FROM (SELECT o.shop_id, o.state FROM orders_order AS o
                                        WHERE o.buyer_id = w.buyer AND o.id > (batch ->> 'unpaid_since')::uuid
                                        OFFSET 0) AS known
                  WHERE known.shop_id = w.shop AND known.state = 'placed') AS held
          FROM unnest(p_buyer, p_shop) WITH ORDINALITY AS w (buyer, shop, n)) AS u;
    IF v_has_limits THEN
        SELECT array_agg((SELECT coalesce(sum(line.quantity), 0)
                          FROM (SELECT o.id, o.state FROM orders_order AS o WHERE o.buyer_id = p_buyer[l.n] OFFSET 0)
                               AS known
                          JOIN orders_line AS line ON line.order_id = known.id AND line.variant_id = l.variant_id
                          WHERE known.state <> 'cancelled'))
        INTO v_units FROM orders_batch_limits(batch) AS l;
    END IF;

    WHILE true = ANY (wanted) LOOP
        v_tried := wanted;
        IF NOT v_has_room THEN
            SELECT array_agg(r.is_full ORDER BY r.unit), array_agg(wanted[r.unit] AND r.is_free ORDER BY r.unit)
            INTO v_is_full, v_tried
            FROM (SELECT o.unit, bool_or(o.taken >= v_most) AS is_full, bool_and(o.taken + o.ahead < v_most) AS is_free
                  FROM (SELECT w.unit, v_held[w.n] + count(*) FILTER (WHERE placed[w.unit]) OVER same AS taken,
                               count(*) FILTER (WHERE wanted[w.unit]) OVER (same ORDER BY w.n
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ahead
                        FROM unnest(p_unit, p_buyer, p_shop) WITH ORDINALITY AS w (unit, buyer, shop, n)
                        WINDOW same AS (PARTITION BY w.buyer, w.shop)) AS o
                  GROUP BY o.unit) AS r;
            IF true = ANY (v_is_full) THEN
                FOR i IN 1..cardinality(p_unit) LOOP
                    IF wanted[p_unit[i]] AND v_is_full[p_unit[i]] THEN
                        outcome[i] := 'too_many_unpaid';
                        facts[i] := jsonb_build_object('limit', v_most);
                    END IF;
                END LOOP;
                SELECT array_agg(w.is_wanted AND NOT v_is_full[w.n] ORDER BY w.n) INTO wanted
                FROM unnest(wanted) WITH ORDINALITY AS w (is_wanted, n);
            END IF;
        END IF;

        v_refused := NULL;
        IF v_has_limits THEN
            SELECT r.refused, r.facts, r.tried INTO v_refused, v_facts, v_tried
            FROM orders_check_limits(batch, p_unit, p_buyer, v_units, wanted, placed, v_tried) AS r;
            v_outcome := 'over_limit';
        END IF;
        IF v_refused IS NULL AND true = ANY (v_tried) THEN
            IF NOT v_is_locked AND NOT v_has_claims AND v_tried = wanted THEN
                v_numbers := orders_write_and_reserve(batch, wanted, p_unit, p_order, number, p_buyer, p_request_id);
                IF v_numbers IS NOT NULL THEN
                    number := v_numbers;
                    placed := wanted;
                    is_written := true;
                    EXIT;
                END IF;
            END IF;
            IF NOT v_is_locked AND (v_has_claims OR v_tried <> wanted) THEN
                -- more rounds may follow: the levels of all are locked now, in the order of ids
                PERFORM stock_lock_levels(array_agg(l.shop_id), array_agg(l.variant_id), array_agg(l.pool_id))
                FROM orders_batch_lines(batch) AS l WHERE wanted[p_unit[l.n]];
            END IF;
            v_is_locked := true;
            v_outcome := 'sold_out';
            IF v_has_claims THEN
                BEGIN   -- a claim that is refused takes back what the round has done: the others are tried again
                    SELECT r.refused, r.facts INTO v_refused, v_facts
                    FROM orders_reserve(batch, p_unit, p_order, v_tried) AS r;
                    SELECT r.refused, r.facts INTO STRICT v_refused, v_facts
                    FROM orders_take_claims(batch, p_unit, p_order, p_buyer, v_tried, v_refused, v_facts) AS r;
                EXCEPTION WHEN SQLSTATE 'QS001' THEN
                    v_outcome := 'claim_refused';
                    SELECT array_agg((c ->> 'unit')::integer), array_agg(c -> 'facts') INTO v_refused, v_facts
                    FROM jsonb_array_elements(SQLERRM::jsonb) AS c;
                    v_tried := array_fill(false, ARRAY[cardinality(wanted)]);
                END;
            ELSE
                SELECT r.refused, r.facts INTO v_refused, v_facts
                FROM orders_reserve(batch, p_unit, p_order, v_tried) AS r;
            END IF;
            SELECT array_agg(w.is_wanted AND NOT w.is_tried ORDER BY w.n),
                   array_agg(w.is_placed OR w.is_tried ORDER BY w.n)
            INTO wanted, placed
            FROM unnest(wanted, placed, v_tried) WITH ORDINALITY AS w (is_wanted, is_placed, is_tried, n);
        END IF;
        FOR v_at IN 1..coalesce(cardinality(v_refused), 0) LOOP
            wanted[v_refused[v_at]] := false;
            placed[v_refused[v_at]] := false;
            FOR i IN 1..cardinality(p_unit) LOOP
                IF p_unit[i] = v_refused[v_at] THEN
                    outcome[i] := v_outcome;
                    facts[i] := v_facts[v_at];
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    IF false = ANY (placed) THEN
        SELECT array_agg(CASE WHEN placed[o.unit] THEN 'placed' ELSE o.outcome END ORDER BY o.n) INTO outcome
        FROM unnest(p_unit, outcome) WITH ORDINALITY AS o (unit, outcome, n);
    ELSE
        outcome := array_fill('placed'::text, ARRAY[cardinality(p_unit)]);
    END IF;
END
$$;

-- Who wants more of a variant than one person may have is refused; who might, if those ahead get theirs, waits for the
-- next round. p_held: what the buyer of each limit has ordered before this batch, cancelled orders aside.
CREATE FUNCTION orders_check_limits(
    batch jsonb, p_unit integer[], p_buyer uuid[], p_held bigint[], p_wanted boolean[], p_placed boolean[],
    p_tried boolean[], OUT refused integer[], OUT facts jsonb[], OUT tried boolean[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_waiting integer[];
BEGIN
    SELECT array_agg(r.unit) FILTER (WHERE r.is_over),
           array_agg(jsonb_build_object('variant_id', r.variant_id, 'limit', r.most, 'held', r.held))
               FILTER (WHERE r.is_over),
           array_agg(r.unit) FILTER (WHERE r.held + r.ahead + r.quantity > r.most)
    INTO refused, facts, v_waiting
    FROM (SELECT c.*, c.held + c.quantity > c.most AS is_over
          FROM (SELECT p_unit[l.n] AS unit, l.variant_id, l.most, l.quantity,
                       p_held[l.at] + coalesce(sum(l.quantity) FILTER (WHERE p_placed[p_unit[l.n]]) OVER same, 0)
                           AS held,
                       coalesce(sum(l.quantity) FILTER (WHERE p_wanted[p_unit[l.n]]) OVER (same ORDER BY l.at
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead
                FROM orders_batch_limits(batch) AS l
                WINDOW same AS (PARTITION BY p_buyer[l.n], l.variant_id)) AS c
          WHERE p_wanted[c.unit]) AS r;
    SELECT array_agg(w.is_tried AND NOT coalesce(w.n = ANY (v_waiting), false) ORDER BY w.n) INTO tried
    FROM unnest(p_tried) WITH ORDINALITY AS w (is_tried, n);
END
$$;

-- Reserves the goods of the tried units: those that are refused, and what was short.
CREATE FUNCTION orders_reserve(
    batch jsonb, p_unit integer[], p_order uuid[], p_tried boolean[], OUT refused integer[], OUT facts jsonb[]
) LANGUAGE sql AS $$
    SELECT short.refused_request, ARRAY(
        SELECT jsonb_build_object('variant_id', s.variant, 'available', s.available)
        FROM unnest(short.refused_variant, short.refused_available) AS s (variant, available))
    FROM (SELECT array_agg(p_unit[l.n]) AS unit, array_agg(l.shop_id) AS shop, array_agg(p_order[l.n]) AS owner,
                 array_agg(l.id) AS line, array_agg(l.variant_id) AS variant, array_agg(l.pool_id) AS pool,
                 array_agg(l.quantity) AS quantity
          FROM orders_batch_lines(batch) AS l WHERE p_tried[p_unit[l.n]]) AS w,
         stock_reserve_batch('order', w.unit, w.shop, w.owner, w.line, w.variant, w.pool, w.quantity, NULL) AS short
$$;
