-- A campaign's own stock: levels of its pool beside the free ones of the same place. Units move between the two as
-- movements of kind 'pooled', so the journal of each level tells what lies there, and nobody sells a unit twice.

-- Moves units of free stock into the pool, from the locations that are emptied first on. All of them, or none: then the
-- result is the first variant that fell short and how many were free.
CREATE FUNCTION stock_fill_pool(
    p_shop uuid, p_pool uuid, p_variant uuid[], p_quantity bigint[], p_actor uuid,
    OUT short_variant uuid, OUT short_available bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_from uuid[];
    v_to uuid[];
    v_units bigint[];
BEGIN
    INSERT INTO stock_level (id, shop_id, variant_id, location_id, priority, pool_id)
    SELECT kernel_new_id(), s.shop_id, s.variant_id, s.location_id, s.priority, p_pool FROM stock_level AS s
    WHERE s.shop_id = p_shop AND s.variant_id = ANY (p_variant) AND s.pool_id IS NULL AND s.on_hand > s.reserved
    ORDER BY s.variant_id, s.location_id
    ON CONFLICT DO NOTHING;
    PERFORM FROM stock_level AS s
    WHERE s.shop_id = p_shop AND s.variant_id = ANY (p_variant) AND (s.pool_id IS NULL OR s.pool_id = p_pool)
    ORDER BY s.id FOR NO KEY UPDATE;

    SELECT w.variant, coalesce(free.units, 0) INTO short_variant, short_available
    FROM unnest(p_variant, p_quantity) WITH ORDINALITY AS w (variant, quantity, n)
    LEFT JOIN (SELECT s.variant_id, sum(s.on_hand - s.reserved)::bigint AS units FROM stock_level AS s
               WHERE s.shop_id = p_shop AND s.variant_id = ANY (p_variant) AND s.pool_id IS NULL
               GROUP BY s.variant_id) AS free ON free.variant_id = w.variant
    WHERE w.quantity > coalesce(free.units, 0)
    ORDER BY w.n LIMIT 1;
    IF short_variant IS NOT NULL THEN
        RETURN;
    END IF;

    SELECT array_agg(part.id), array_agg(pooled.id), array_agg(part.units) INTO v_from, v_to, v_units
    FROM (SELECT s.id, s.variant_id, s.location_id,
                 least(s.on_hand - s.reserved, greatest(w.quantity - (sum(s.on_hand - s.reserved) OVER (
                     PARTITION BY s.variant_id ORDER BY s.priority, s.location_id) - (s.on_hand - s.reserved)), 0)
                 )::bigint AS units
          FROM unnest(p_variant, p_quantity) AS w (variant, quantity)
          JOIN stock_level AS s ON s.variant_id = w.variant AND s.shop_id = p_shop AND s.pool_id IS NULL) AS part
    JOIN stock_level AS pooled ON pooled.variant_id = part.variant_id AND pooled.location_id = part.location_id
                              AND pooled.pool_id = p_pool
    WHERE part.units > 0;
    PERFORM stock_move_units(v_from, v_to, v_units, p_pool, p_actor);
END
$$;

-- Gives free stock back what closed pools still have and nobody holds. Result: units that went back. What is released
-- later goes back with the next call; several callers at once take turns.
CREATE FUNCTION stock_drain_closed_pools(p_actor uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_from uuid[];
    v_to uuid[];
    v_units bigint[];
    v_pool uuid[];
    v_total bigint := 0;
    v_at integer;
BEGIN
    PERFORM FROM stock_level AS s
    WHERE s.id IN (
        SELECT unnest(ARRAY[pooled.id, free.id])
        FROM stock_pool AS pool
        JOIN stock_level AS pooled ON pooled.pool_id = pool.id AND pooled.on_hand > pooled.reserved
        JOIN stock_level AS free ON free.variant_id = pooled.variant_id AND free.location_id = pooled.location_id
                                AND free.pool_id IS NULL
        WHERE pool.closed_at IS NOT NULL)
    ORDER BY s.id FOR NO KEY UPDATE;
    SELECT array_agg(pooled.id), array_agg(free.id), array_agg(pooled.on_hand - pooled.reserved), array_agg(pool.id)
    INTO v_from, v_to, v_units, v_pool
    FROM stock_pool AS pool
    JOIN stock_level AS pooled ON pooled.pool_id = pool.id AND pooled.on_hand > pooled.reserved
    JOIN stock_level AS free ON free.variant_id = pooled.variant_id AND free.location_id = pooled.location_id
                            AND free.pool_id IS NULL
    WHERE pool.closed_at IS NOT NULL;
    FOR v_at IN 1..coalesce(cardinality(v_from), 0) LOOP
        PERFORM stock_move_units(ARRAY[v_from[v_at]], ARRAY[v_to[v_at]], ARRAY[v_units[v_at]], v_pool[v_at], p_actor);
        v_total := v_total + v_units[v_at];
    END LOOP;
    RETURN v_total;
END
$$;

-- Units of locked levels change their level; both journals tell it.
CREATE FUNCTION stock_move_units(p_from uuid[], p_to uuid[], p_units bigint[], p_pool uuid, p_actor uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH moved AS (
        SELECT m.level, sum(m.units)::bigint AS units
        FROM (SELECT f.level, -f.units AS units FROM unnest(p_from, p_units) AS f (level, units)
              UNION ALL SELECT t.level, t.units FROM unnest(p_to, p_units) AS t (level, units)) AS m
        GROUP BY m.level
    ), changed AS (
        UPDATE stock_level AS s SET on_hand = s.on_hand + moved.units FROM moved WHERE s.id = moved.level
        RETURNING s.id, s.shop_id, moved.units
    )
    INSERT INTO stock_movement (shop_id, level_id, kind, quantity, reference_id, actor_id, note)
    SELECT changed.shop_id, changed.id, 'pooled', changed.units, p_pool, p_actor, '' FROM changed;
END
$$;
