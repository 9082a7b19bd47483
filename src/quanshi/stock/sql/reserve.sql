-- "Promise goods to someone", whatever is left of them. Placement and stock.services.reserve both call it; where there is
-- plenty, placement calls stock_reserve_plenty below. Nobody else writes reservations.
--
-- Lines come as parallel arrays, grouped by request (an order, orders that come together, a cart), in the order in
-- which the requests are to be served. A request gets all of its lines or nothing, and what a refused request would have
-- taken stays for the next. Each refused request is told the first variant that fell short and how many were left for
-- it. A line takes from one pool alone: a campaign's own, or free stock where the pool is null.
CREATE FUNCTION stock_reserve_batch(
    p_owner_kind text,
    p_request integer[], p_shop uuid[], p_owner uuid[], p_line uuid[], p_variant uuid[], p_pool uuid[],
    p_quantity integer[], p_expires_at timestamptz,
    OUT refused_request integer[], OUT refused_variant uuid[], OUT refused_available bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_count CONSTANT integer := cardinality(p_line);
    v_refused_early integer[];
    v_level uuid[];             -- the levels of the variants, by variant and then by priority of the location
    v_level_shop uuid[];
    v_level_variant uuid[];
    v_level_pool uuid[];
    v_left bigint[];            -- what each level still has
    v_taken bigint[];           -- what this batch takes from it
    v_from integer[];           -- of each line: its variant's first and last level
    v_to integer[];
    v_part_line integer[] := '{}';      -- allocations: so many units of this line from that level
    v_part_level integer[] := '{}';
    v_part_quantity integer[] := '{}';
    v_parts integer := 0;       -- allocations that stand; what a refused request wrote behind them is overwritten
    v_parts_before integer;
    v_request integer;
    v_line integer := 1;
    v_need integer;
    v_takes integer;
    v_level_at integer;
    v_is_short boolean;
BEGIN
    -- A look without any lock. What nobody could have is refused right here, so a sold-out rush queues for no row.
    SELECT coalesce(array_agg(short.request), '{}'), coalesce(array_agg(short.variant), '{}'),
           coalesce(array_agg(short.free), '{}')
    INTO refused_request, refused_variant, refused_available
    FROM (
        SELECT DISTINCT ON (wish.request) wish.request, wish.variant, coalesce(held.free, 0) AS free
        FROM (SELECT l.request, l.shop, l.variant, l.pool, sum(l.quantity) AS units, min(l.n) AS n
              FROM unnest(p_request, p_shop, p_variant, p_pool, p_quantity) WITH ORDINALITY
                   AS l (request, shop, variant, pool, quantity, n)
              GROUP BY l.request, l.shop, l.variant, l.pool) AS wish
        LEFT JOIN (SELECT s.shop_id, s.variant_id, s.pool_id, sum(s.on_hand - s.reserved)::bigint AS free
                   FROM stock_level AS s
                   WHERE s.variant_id = ANY (p_variant) AND s.shop_id = ANY (p_shop)
                     AND (s.pool_id IS NULL OR s.pool_id = ANY (p_pool))
                   GROUP BY s.shop_id, s.variant_id, s.pool_id) AS held
               ON held.variant_id = wish.variant AND held.shop_id = wish.shop
                  AND held.pool_id IS NOT DISTINCT FROM wish.pool
        WHERE wish.units > coalesce(held.free, 0)
        ORDER BY wish.request, wish.n
    ) AS short;
    v_refused_early := refused_request;

    -- Rows are locked in the order of their ids, here as everywhere in this room, so that no two writers embrace.
    SELECT array_agg(l.id), array_agg(l.shop_id), array_agg(l.variant_id), array_agg(l.pool_id), array_agg(l.free),
           array_fill(0::bigint, ARRAY[count(*)::integer])
    INTO v_level, v_level_shop, v_level_variant, v_level_pool, v_left, v_taken
    FROM (
        SELECT locked.* FROM (
            SELECT s.id, s.shop_id, s.variant_id, s.pool_id, s.location_id, s.priority, s.on_hand - s.reserved AS free
            FROM stock_level AS s
            WHERE s.variant_id = ANY (ARRAY(SELECT w.variant FROM unnest(p_request, p_variant) AS w (request, variant)
                                            WHERE w.request <> ALL (v_refused_early)))
              AND s.shop_id = ANY (p_shop) AND (s.pool_id IS NULL OR s.pool_id = ANY (p_pool))
              AND s.on_hand > s.reserved
            ORDER BY s.id
            FOR NO KEY UPDATE
        ) AS locked ORDER BY locked.shop_id, locked.variant_id, locked.pool_id, locked.priority, locked.location_id
    ) AS l;
    SELECT array_agg(coalesce(span.first_n, 1) ORDER BY w.n), array_agg(coalesce(span.last_n, 0) ORDER BY w.n)
    INTO v_from, v_to
    FROM unnest(p_shop, p_variant, p_pool) WITH ORDINALITY AS w (shop, variant, pool, n)
    LEFT JOIN (SELECT lv.shop, lv.variant, lv.pool, min(lv.n)::integer AS first_n, max(lv.n)::integer AS last_n
               FROM unnest(v_level_shop, v_level_variant, v_level_pool) WITH ORDINALITY AS lv (shop, variant, pool, n)
               GROUP BY lv.shop, lv.variant, lv.pool) AS span
           ON span.variant = w.variant AND span.shop = w.shop AND span.pool IS NOT DISTINCT FROM w.pool;

    WHILE v_line <= v_count LOOP
        v_request := p_request[v_line];
        v_parts_before := v_parts;
        v_is_short := v_request = ANY (v_refused_early);
        WHILE v_line <= v_count AND p_request[v_line] = v_request LOOP
            IF NOT v_is_short THEN
                v_need := p_quantity[v_line];
                IF v_need IS NULL OR v_need <= 0 THEN
                    RAISE EXCEPTION 'line % asks for % units', p_line[v_line], v_need USING ERRCODE = 'check_violation';
                END IF;
                -- the first location that can serve the whole line, else as few as the priorities allow
                v_level_at := v_from[v_line];
                WHILE v_level_at <= v_to[v_line] AND v_left[v_level_at] < v_need LOOP
                    v_level_at := v_level_at + 1;
                END LOOP;
                IF v_level_at > v_to[v_line] THEN
                    v_level_at := v_from[v_line];
                END IF;
                WHILE v_need > 0 AND v_level_at <= v_to[v_line] LOOP
                    v_takes := least(v_left[v_level_at], v_need);
                    IF v_takes > 0 THEN
                        v_parts := v_parts + 1;
                        v_part_line[v_parts] := v_line;
                        v_part_level[v_parts] := v_level_at;
                        v_part_quantity[v_parts] := v_takes;
                        v_left[v_level_at] := v_left[v_level_at] - v_takes;
                        v_taken[v_level_at] := v_taken[v_level_at] + v_takes;
                        v_need := v_need - v_takes;
                    END IF;
                    v_level_at := v_level_at + 1;
                END LOOP;
                IF v_need > 0 THEN
                    v_is_short := true;
                    WHILE v_parts > v_parts_before LOOP  -- what this request took goes back for the next
                        v_level_at := v_part_level[v_parts];
                        v_left[v_level_at] := v_left[v_level_at] + v_part_quantity[v_parts];
                        v_taken[v_level_at] := v_taken[v_level_at] - v_part_quantity[v_parts];
                        v_parts := v_parts - 1;
                    END LOOP;
                    refused_request := refused_request || v_request;
                    refused_variant := refused_variant || p_variant[v_line];
                    refused_available := refused_available
                        || (SELECT coalesce(sum(free), 0)
                            FROM unnest(v_left[v_from[v_line]:v_to[v_line]]) AS free)::bigint;
                END IF;
            END IF;
            v_line := v_line + 1;
        END LOOP;
    END LOOP;
    IF v_parts = 0 THEN
        RETURN;
    END IF;

    INSERT INTO stock_reservation (id, shop_id, level_id, owner_kind, owner_id, line_id, quantity, expires_at)
    SELECT kernel_new_id(), p_shop[part.line], v_level[part.level], p_owner_kind, p_owner[part.line], p_line[part.line],
           part.quantity, p_expires_at
    FROM unnest(v_part_line[1:v_parts], v_part_level[1:v_parts], v_part_quantity[1:v_parts])
         AS part (line, level, quantity);
    UPDATE stock_level AS s SET reserved = s.reserved + taken.units
    FROM unnest(v_level, v_taken) AS taken (id, units)
    WHERE s.id = taken.id AND taken.units > 0;
END
$$;

-- Whether the first location of every variant has enough for all of these lines: a look without any lock.
CREATE FUNCTION stock_is_plenty(p_shop uuid[], p_variant uuid[], p_pool uuid[], p_quantity integer[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM (SELECT l.shop, l.variant, l.pool, sum(l.quantity) AS units
                     FROM unnest(p_shop, p_variant, p_pool, p_quantity) AS l (shop, variant, pool, quantity)
                     GROUP BY l.shop, l.variant, l.pool) AS wish
        WHERE wish.units > coalesce((
            SELECT s.on_hand - s.reserved FROM stock_level AS s
            WHERE s.variant_id = wish.variant AND s.shop_id = wish.shop AND s.pool_id IS NOT DISTINCT FROM wish.pool
              AND s.on_hand > s.reserved
            ORDER BY s.priority, s.location_id LIMIT 1), 0));
END
$$;

-- The same as stock_reserve_batch in the one case that a rush is made of, without its walk over the lines: the first
-- location of every variant has enough for all of them. Result: false, and nothing is promised, where it has not.
CREATE FUNCTION stock_reserve_plenty(
    p_owner_kind text, p_shop uuid[], p_owner uuid[], p_line uuid[], p_variant uuid[], p_pool uuid[], p_quantity integer[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_level uuid[];             -- of each line
    v_is_plenty boolean;
BEGIN
    WITH locked AS MATERIALIZED (
        SELECT s.id, s.shop_id, s.variant_id, s.pool_id, s.location_id, s.priority, s.on_hand - s.reserved AS free
        FROM stock_level AS s
        WHERE s.variant_id = ANY (p_variant) AND s.shop_id = ANY (p_shop)
          AND (s.pool_id IS NULL OR s.pool_id = ANY (p_pool)) AND s.on_hand > s.reserved
        ORDER BY s.id
        FOR NO KEY UPDATE
    ), first AS (
        SELECT DISTINCT ON (shop_id, variant_id, pool_id) id, shop_id, variant_id, pool_id, free
        FROM locked ORDER BY shop_id, variant_id, pool_id, priority, location_id
    )
    SELECT array_agg(w.id ORDER BY w.n), bool_and(w.quantity > 0 AND coalesce(w.units <= w.free, false))
    INTO v_level, v_is_plenty
    FROM (SELECT l.n, l.quantity, first.id, first.free, sum(l.quantity) OVER (PARTITION BY first.id) AS units
          FROM unnest(p_shop, p_variant, p_pool, p_quantity) WITH ORDINALITY AS l (shop, variant, pool, quantity, n)
          LEFT JOIN first ON first.variant_id = l.variant AND first.shop_id = l.shop
                         AND first.pool_id IS NOT DISTINCT FROM l.pool) AS w;
    IF v_is_plenty IS NOT TRUE THEN
        RETURN false;
    END IF;
    WITH promised AS (
        INSERT INTO stock_reservation (id, shop_id, level_id, owner_kind, owner_id, line_id, quantity)
        SELECT kernel_new_id(), l.shop, l.level, p_owner_kind, l.owner, l.line, l.quantity
        FROM unnest(p_shop, v_level, p_owner, p_line, p_quantity) AS l (shop, level, owner, line, quantity)
    )
    UPDATE stock_level AS s SET reserved = s.reserved + taken.units
    FROM (SELECT l.level, sum(l.quantity) AS units FROM unnest(v_level, p_quantity) AS l (level, quantity)
          GROUP BY l.level) AS taken
    WHERE s.id = taken.level;
    RETURN true;
END
$$;

-- Locks what stock_reserve_batch would, for who calls it several times in one transaction: rows locked by a later call
-- might have lower ids than those of an earlier one.
CREATE FUNCTION stock_lock_levels(p_shop uuid[], p_variant uuid[], p_pool uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_level AS s
    WHERE s.variant_id = ANY (p_variant) AND s.shop_id = ANY (p_shop)
      AND (s.pool_id IS NULL OR s.pool_id = ANY (p_pool))
    ORDER BY s.id FOR NO KEY UPDATE;
END
$$;
