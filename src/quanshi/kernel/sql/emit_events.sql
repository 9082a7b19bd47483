-- The outbox for facts that a database function makes true; the same rows as quanshi.kernel.outbox.emit writes.
CREATE FUNCTION kernel_emit_events(p_type text, p_aggregate uuid[], p_payload jsonb[], p_request_id text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_outbox_event (type, aggregate_id, payload, request_id)
    SELECT p_type, fact.aggregate, fact.payload, fact.request_id
    FROM unnest(p_aggregate, p_payload, p_request_id) AS fact (aggregate, payload, request_id);
END
$$;

-- An instant as Python's datetime.isoformat() spells it.
CREATE FUNCTION kernel_iso(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
$$;
