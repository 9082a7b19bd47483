-- Frees p_quantity units of one line, from the last reserved on: what a parcel takes first is freed last.
-- Result: units that were missing (nothing is freed then).
CREATE FUNCTION stock_release_units(p_owner_kind text, p_owner uuid, p_line uuid, p_quantity integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid[];
    v_free integer[];
    v_open integer;
BEGIN
    PERFORM stock_lock_owner(p_owner_kind, p_owner);
    SELECT coalesce(sum(r.units), 0), array_agg(r.id), array_agg(least(r.units, greatest(p_quantity - r.before, 0)))
    INTO v_open, v_id, v_free
    FROM (SELECT o.id, o.units, sum(o.units) OVER (ORDER BY o.id DESC) - o.units AS before
          FROM (SELECT id, quantity - consumed - released AS units FROM stock_reservation
                WHERE owner_id = p_owner AND owner_kind = p_owner_kind AND line_id = p_line
                  AND quantity > consumed + released) AS o) AS r;
    IF v_open < p_quantity THEN
        RETURN p_quantity - v_open;
    END IF;
    UPDATE stock_reservation AS r SET released = r.released + f.units
    FROM unnest(v_id, v_free) AS f (id, units) WHERE r.id = f.id AND f.units > 0;
    UPDATE stock_level AS s SET reserved = s.reserved - freed.units
    FROM (SELECT r.level_id, sum(f.units) AS units
          FROM unnest(v_id, v_free) AS f (id, units) JOIN stock_reservation AS r ON r.id = f.id
          GROUP BY r.level_id) AS freed
    WHERE s.id = freed.level_id;
    RETURN 0;
END
$$;
