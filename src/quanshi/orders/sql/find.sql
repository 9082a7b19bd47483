-- The answer to a request that came before, as orders_place gave it. No row: that key placed nothing and was refused
-- nothing.

CREATE FUNCTION orders_recall(p_quote uuid, p_answer jsonb)
RETURNS TABLE (request integer, order_id uuid, shop_id uuid, outcome text, number text, is_replay boolean, facts jsonb)
LANGUAGE sql STABLE AS $$
    SELECT 1, coalesce(o.id, told.id), coalesce(o.shop_id, (told.answer ->> 'shop_id')::uuid),
           coalesce(told.answer ->> 'outcome', 'placed'), coalesce(o.number, ''), true, told.answer -> 'facts'
    FROM (SELECT known.id, known.shop_id, known.number FROM orders_order AS known
          WHERE known.id = p_quote OR known.purchase_id = p_quote) AS o
    FULL JOIN (SELECT a.key::uuid AS id, a.value AS answer FROM jsonb_each(p_answer) AS a) AS told ON told.id = o.id
    ORDER BY 2
$$;

-- By its key alone: whoever lost the answer asks again.
CREATE FUNCTION orders_find_by_key(p_buyer uuid, p_key text)
RETURNS TABLE (request integer, order_id uuid, shop_id uuid, outcome text, number text, is_replay boolean, facts jsonb)
LANGUAGE sql STABLE AS $$
    SELECT found.* FROM kernel_find_key('place_order', p_buyer, p_key) AS held,
                        orders_recall(held.subject_id, held.answer) AS found
    WHERE held.subject_id IS NOT NULL
$$;

-- By the quote, for the very same request. The key is that of who placed it, which the first transition knows for good;
-- the buyer may have signed in since.
CREATE FUNCTION orders_find_by_quote(p_quote uuid, p_key text, p_hash bytea)
RETURNS TABLE (request integer, order_id uuid, shop_id uuid, outcome text, number text, is_replay boolean, facts jsonb)
LANGUAGE sql STABLE AS $$
    SELECT found.*
    FROM (SELECT t.actor_id FROM orders_transition AS t
          WHERE t.order_id IN (SELECT o.id FROM orders_order AS o WHERE o.id = p_quote OR o.purchase_id = p_quote)
          ORDER BY t.id LIMIT 1) AS placer,
         kernel_find_key('place_order', placer.actor_id, p_key) AS held,
         orders_recall(held.subject_id, held.answer) AS found
    WHERE held.subject_id = p_quote AND held.request_hash = p_hash AND found.outcome <> 'quote_used'
$$;
