-- What the shop's list of orders is searched by, beside the orders: an order changes its state five times, and each time
-- every index of its own table is written anew, while these rows are written once.
CREATE FUNCTION orders_phone_tail(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT right(regexp_replace(phone, '[^0-9]', '', 'g'), 4)
$$;

CREATE FUNCTION orders_recipient_key(recipient text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(upper(btrim(regexp_replace(normalize(recipient, NFKC), '\s+', ' ', 'g'))), 60)
$$;

CREATE FUNCTION orders_note_lookups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_lookup (order_id, shop_id, phone_tail, recipient, total_minor, is_pickup)
    SELECT id, shop_id, orders_phone_tail(address ->> 'phone'), orders_recipient_key(address ->> 'recipient'),
           total_minor, pickup IS NOT NULL
    FROM new_orders;
    RETURN NULL;
END
$$;

CREATE TRIGGER orders_note_lookups AFTER INSERT ON orders_order
REFERENCING NEW TABLE AS new_orders FOR EACH STATEMENT EXECUTE FUNCTION orders_note_lookups();
