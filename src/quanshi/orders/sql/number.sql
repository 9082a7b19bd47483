-- Order numbers: the day, then ten digits. The digits are a running number sent through four Feistel rounds keyed by a
-- secret that is drawn here, once, for this installation: no two are equal, and nobody can count a shop's orders.
CREATE SEQUENCE orders_number_counter MINVALUE 0 MAXVALUE 4294967295 CYCLE;
DO $$
BEGIN
    EXECUTE format($create$
        CREATE FUNCTION orders_number(p_counter bigint, p_at timestamptz) RETURNS text
        LANGUAGE plpgsql IMMUTABLE AS $body$
        DECLARE
            v_left integer := (p_counter >> 16)::integer;
            v_right integer := (p_counter & 65535)::integer;
            v_swap integer;
        BEGIN
            FOR round IN 0..3 LOOP
                v_swap := v_right;
                v_right := v_left # (hashint8extended(v_right + (round << 16), %s) & 65535)::integer;
                v_left := v_swap;
            END LOOP;
            RETURN to_char(p_at AT TIME ZONE 'UTC', 'YYMMDD')
                || lpad((((v_left::bigint) << 16) | v_right)::text, 10, '0');
        END
        $body$
    $create$, ('x' || replace(left(gen_random_uuid()::text, 18), '-', ''))::bit(64)::bigint);
END
$$;
