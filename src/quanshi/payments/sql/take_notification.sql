-- Takes a gateway's word on an attempt that was looked at before, in one call: the notification once, the attempt's end,
-- and the events that tell of it. 'known' when the notification had come before; 'changed', and nothing written, when
-- the attempt is no more in the state in which it was seen: then it has to be looked at again, under its lock.
-- The notification comes before the attempt, as in quanshi.payments.services.notifications: two would deadlock else.

CREATE FUNCTION payments_take_notification(
    p_gateway text, p_notification text, p_attempt uuid, p_outcome text, p_amount bigint, p_currency text,
    p_before text, p_after text, p_reference text, p_reason text, p_now timestamptz,
    p_types text[], p_aggregates uuid[], p_payloads text[], p_requests text[]
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_notification (gateway, notification_id, kind, subject_id, outcome, amount_minor, currency)
    VALUES (p_gateway, p_notification, 'payment', p_attempt, p_outcome, p_amount, p_currency)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    UPDATE payments_attempt SET state = p_after, gateway_reference = p_reference, reason = p_reason,
        ended_at = p_now, next_query_at = NULL
    WHERE id = p_attempt AND gateway = p_gateway AND state = p_before;
    IF NOT FOUND THEN
        DELETE FROM payments_notification WHERE gateway = p_gateway AND notification_id = p_notification;
        RETURN 'changed';
    END IF;
    INSERT INTO kernel_outbox_event (type, aggregate_id, payload, request_id)
    SELECT told.type, told.aggregate_id, told.payload::jsonb, told.request_id
    FROM unnest(p_types, p_aggregates, p_payloads, p_requests)
        WITH ORDINALITY AS told (type, aggregate_id, payload, request_id, place)
    ORDER BY told.place;
    RETURN 'taken';
END
$$;
