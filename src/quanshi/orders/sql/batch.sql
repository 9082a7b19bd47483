-- What a batch says: {"most_unpaid": 5, "unpaid_since": id, "requests": [...], "orders": [...], "lines": [...],
-- "limits": [...], "claims": [...]}, as quanshi.orders.services.placement.encode_batch writes it. The five lists hold
-- rows without names, each in the order of the columns below: reading names takes four times as long. The planner puts
-- these functions into the statements that ask them, and what a statement does not want of a row is not looked at.
CREATE FUNCTION orders_batch_requests(batch jsonb)
RETURNS TABLE (id uuid, buyer_id uuid, key text, hash bytea, request_id text) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (r ->> 0)::uuid, (r ->> 1)::uuid, r ->> 2, decode(r ->> 3, 'hex'), r ->> 4
    FROM jsonb_array_elements(batch -> 'requests') AS r
$$;

-- n: the order's own position, from 1; request: that of the request it belongs to
CREATE FUNCTION orders_batch_orders(batch jsonb)
RETURNS TABLE (n integer, request integer, unit integer, id uuid, purchase_id uuid, shop_id uuid, currency text,
               goods_minor bigint, discount_minor bigint, freight_minor bigint, total_minor bigint, address jsonb,
               note text, locale text, at timestamptz, pay_by timestamptz, pickup jsonb)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT o.n::integer, (o.r ->> 0)::integer, (o.r ->> 1)::integer, (o.r ->> 2)::uuid, (o.r ->> 3)::uuid,
           (o.r ->> 4)::uuid, o.r ->> 5, (o.r ->> 6)::bigint, (o.r ->> 7)::bigint, (o.r ->> 8)::bigint,
           (o.r ->> 9)::bigint, o.r -> 10, o.r ->> 11, o.r ->> 12, (o.r ->> 13)::timestamptz, (o.r ->> 14)::timestamptz,
           nullif(o.r -> 15, 'null')
    FROM jsonb_array_elements(batch -> 'orders') WITH ORDINALITY AS o (r, n)
$$;

-- n, here and below: the position of the order it belongs to
CREATE FUNCTION orders_batch_lines(batch jsonb)
RETURNS TABLE (n integer, id uuid, order_id uuid, shop_id uuid, variant_id uuid, pool_id uuid, product_id uuid,
               title text, options jsonb, sku text, quantity integer, unit_minor bigint, discount_minor bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (l ->> 0)::integer, (l ->> 1)::uuid, (l ->> 2)::uuid, (l ->> 3)::uuid, (l ->> 4)::uuid, (l ->> 5)::uuid,
           (l ->> 6)::uuid, l ->> 7, l -> 8, l ->> 9, (l ->> 10)::integer, (l ->> 11)::bigint, (l ->> 12)::bigint
    FROM jsonb_array_elements(batch -> 'lines') AS l
$$;

-- at: the limit's own position
CREATE FUNCTION orders_batch_limits(batch jsonb)
RETURNS TABLE (at integer, n integer, variant_id uuid, quantity bigint, most bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT l.at::integer, (l.r ->> 0)::integer, (l.r ->> 1)::uuid, (l.r ->> 2)::bigint, (l.r ->> 3)::bigint
    FROM jsonb_array_elements(batch -> 'limits') WITH ORDINALITY AS l (r, at)
$$;

CREATE FUNCTION orders_batch_claims(batch jsonb)
RETURNS TABLE (n integer, kind text, shop_id uuid, reference_id uuid, amount_minor bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (c ->> 0)::integer, c ->> 1, (c ->> 2)::uuid, (c ->> 3)::uuid, (c ->> 4)::bigint
    FROM jsonb_array_elements(batch -> 'claims') AS c
$$;
