-- How reservations end, and how goods come and go. Everywhere: reservations are locked first, then levels, each in the
-- order of ids. Movements tell every change of on_hand, and only those.

-- Frees what is left of the given reservations. Result: how many were open until now.
CREATE FUNCTION stock_release_rows(p_reservation uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid[];
    v_level uuid[];
    v_units bigint[];
BEGIN
    SELECT array_agg(r.id), array_agg(r.level_id), array_agg(r.units)
    INTO v_id, v_level, v_units
    FROM (SELECT id, level_id, (quantity - consumed - released)::bigint AS units
          FROM stock_reservation
          WHERE id = ANY (p_reservation) AND quantity > consumed + released
          ORDER BY id FOR NO KEY UPDATE) AS r;
    IF v_id IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM FROM stock_level AS s WHERE s.id = ANY (v_level) ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE stock_level AS s SET reserved = s.reserved - freed.units
    FROM (SELECT level, sum(units) AS units FROM unnest(v_level, v_units) AS f (level, units) GROUP BY level) AS freed
    WHERE s.id = freed.level;
    UPDATE stock_reservation SET released = quantity - consumed WHERE id = ANY (v_id);
    RETURN cardinality(v_id);
END
$$;

CREATE FUNCTION stock_release(p_owner_kind text, p_owner uuid[]) RETURNS integer LANGUAGE sql AS $$
    SELECT stock_release_rows(ARRAY(
        SELECT id FROM stock_reservation
        WHERE owner_id = ANY (p_owner) AND owner_kind = p_owner_kind AND quantity > consumed + released))
$$;

-- Orders end their own reservations with their own timer; everyone else's simply run out.
CREATE FUNCTION stock_release_expired(p_now timestamptz, p_limit integer) RETURNS integer LANGUAGE sql AS $$
    SELECT stock_release_rows(ARRAY(
        SELECT id FROM stock_reservation
        WHERE expires_at <= p_now AND owner_kind <> 'order' AND quantity > consumed + released
        ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED))
$$;

-- Locks all that the owner holds and the levels it lies on. A parcel takes its lines one after the other: if each call
-- locked its own line's level alone, a parcel and a placement of the same goods could embrace.
CREATE FUNCTION stock_lock_owner(p_owner_kind text, p_owner uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_reservation
    WHERE owner_id = p_owner AND owner_kind = p_owner_kind AND quantity > consumed + released
    ORDER BY id FOR NO KEY UPDATE;
    PERFORM FROM stock_level AS s
    WHERE s.id IN (
        SELECT r.level_id FROM stock_reservation AS r
        WHERE r.owner_id = p_owner AND r.owner_kind = p_owner_kind AND r.quantity > r.consumed + r.released)
    ORDER BY s.id FOR NO KEY UPDATE;
END
$$;

-- Takes p_quantity reserved units of one line off the shelf. Result: units that were missing (nothing is taken then).
CREATE FUNCTION stock_consume(p_owner_kind text, p_owner uuid, p_line uuid, p_quantity integer, p_actor uuid)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid[];
    v_take integer[];
    v_open integer;
BEGIN
    PERFORM stock_lock_owner(p_owner_kind, p_owner);
    SELECT coalesce(sum(r.units), 0), array_agg(r.id), array_agg(least(r.units, greatest(p_quantity - r.before, 0)))
    INTO v_open, v_id, v_take
    FROM (SELECT o.id, o.units, sum(o.units) OVER (ORDER BY o.id) - o.units AS before
          FROM (SELECT id, quantity - consumed - released AS units FROM stock_reservation
                WHERE owner_id = p_owner AND owner_kind = p_owner_kind AND line_id = p_line
                  AND quantity > consumed + released) AS o) AS r;
    IF v_open < p_quantity THEN
        RETURN p_quantity - v_open;
    END IF;
    UPDATE stock_reservation AS r SET consumed = r.consumed + t.take
    FROM unnest(v_id, v_take) AS t (id, take) WHERE r.id = t.id AND t.take > 0;
    UPDATE stock_level AS s SET on_hand = s.on_hand - gone.units, reserved = s.reserved - gone.units
    FROM (SELECT r.level_id, sum(t.take) AS units
          FROM unnest(v_id, v_take) AS t (id, take) JOIN stock_reservation AS r ON r.id = t.id
          GROUP BY r.level_id) AS gone
    WHERE s.id = gone.level_id;
    INSERT INTO stock_movement (shop_id, level_id, kind, quantity, reference_id, actor_id, note)
    SELECT r.shop_id, r.level_id, 'shipped', -t.take, r.id, p_actor, ''
    FROM unnest(v_id, v_take) AS t (id, take) JOIN stock_reservation AS r ON r.id = t.id
    WHERE t.take > 0;
    RETURN 0;
END
$$;

-- Goods arrive in free stock, at levels which come into being when they must. Parallel arrays; a variant may come once per location.
CREATE FUNCTION stock_receive(
    p_kind text, p_shop uuid, p_location uuid, p_variant uuid[], p_quantity bigint[], p_reference uuid, p_actor uuid,
    p_note text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_level (id, shop_id, variant_id, location_id, priority)
    SELECT kernel_new_id(), p_shop, v.variant, l.id, l.priority
    FROM unnest(p_variant) AS v (variant), stock_location AS l WHERE l.id = p_location AND l.shop_id = p_shop
    ORDER BY v.variant
    ON CONFLICT DO NOTHING;
    PERFORM FROM stock_level AS s
    WHERE s.variant_id = ANY (p_variant) AND s.location_id = p_location AND s.pool_id IS NULL
    ORDER BY s.id FOR NO KEY UPDATE;
    WITH changed AS (
        UPDATE stock_level AS s SET on_hand = s.on_hand + v.quantity
        FROM unnest(p_variant, p_quantity) AS v (variant, quantity)
        WHERE s.variant_id = v.variant AND s.location_id = p_location AND s.pool_id IS NULL AND v.quantity <> 0
        RETURNING s.id, v.quantity
    )
    INSERT INTO stock_movement (shop_id, level_id, kind, quantity, reference_id, actor_id, note)
    SELECT p_shop, changed.id, p_kind, changed.quantity, p_reference, p_actor, p_note FROM changed;
END
$$;
