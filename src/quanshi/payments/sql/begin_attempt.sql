-- Writes an attempt with its parts, in one call. With p_is_first only when none of the payables has ever had one, so that
-- the usual case needs no look; false when one has. The payables themselves are locked, in the order in which they come:
-- there may be no row yet, and two clicks at once open one attempt. Nobody may pass the lock and then not see the other's
-- rows, so each statement has its own snapshot: the function must stay VOLATILE.

CREATE FUNCTION payments_begin_attempt(
    p_attempt uuid, p_gateway text, p_amount bigint, p_currency text, p_subject text, p_expires_at timestamptz,
    p_next_query_at timestamptz, p_now timestamptz, p_payables uuid[], p_shops uuid[], p_amounts bigint[],
    p_space bigint, p_is_first boolean
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_payable uuid;
BEGIN
    FOREACH v_payable IN ARRAY p_payables LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(v_payable::text, p_space));
    END LOOP;
    IF p_is_first AND EXISTS (SELECT FROM payments_attempt_part WHERE payable_id = ANY(p_payables)) THEN
        RETURN false;
    END IF;
    INSERT INTO payments_attempt (id, gateway, amount_minor, currency, subject, state, gateway_reference, reason,
        expires_at, next_query_at, query_count, created_at)
    VALUES (p_attempt, p_gateway, p_amount, p_currency, p_subject, 'pending', '', '',
        p_expires_at, p_next_query_at, 0, p_now);
    INSERT INTO payments_attempt_part (attempt_id, payable_id, shop_id, amount_minor)
    SELECT p_attempt, part.payable_id, part.shop_id, part.amount_minor
    FROM unnest(p_payables, p_shops, p_amounts) AS part (payable_id, shop_id, amount_minor);
    RETURN true;
END
$$;
