-- What placing an order uses up besides goods: coupons, holds on wallets. A room above this one that sells such things
-- registers here, in a migration, the function that takes them; orders itself knows none.
--
-- The function gets the claims of one kind as [{"unit", "order_id", "shop_id", "buyer_id", "reference_id",
-- "amount_minor"}, ...], in the order in which they are to be served, inside the placing transaction, after the goods
-- were reserved and before the orders are written. It writes what it takes, locks its rows in the order of their ids, and
-- returns (unit integer, facts jsonb) for each claim that cannot be had. One refusal refuses its whole unit, and
-- whatever the round has written is rolled back before the others are tried again.
CREATE TABLE orders_claim_kind (
    kind text PRIMARY KEY,
    function regproc NOT NULL
);

CREATE FUNCTION orders_take_claims(
    batch jsonb, p_unit integer[], p_order uuid[], p_buyer uuid[], p_tried boolean[], p_refused integer[],
    p_facts jsonb[], OUT refused integer[], OUT facts jsonb[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_kind record;
    v_one jsonb;
    v_all jsonb := '[]';
BEGIN
    refused := p_refused;       -- units whose goods ran out claim nothing
    facts := p_facts;
    FOR v_kind IN
        SELECT c.kind, registered.function,
               jsonb_agg(jsonb_build_object(
                   'unit', p_unit[c.n], 'order_id', p_order[c.n], 'shop_id', c.shop_id, 'buyer_id', p_buyer[c.n],
                   'reference_id', c.reference_id, 'amount_minor', c.amount_minor) ORDER BY c.n) AS claims
        FROM orders_batch_claims(batch) AS c
        LEFT JOIN orders_claim_kind AS registered ON registered.kind = c.kind
        WHERE p_tried[p_unit[c.n]] AND p_unit[c.n] <> ALL (p_refused)
        GROUP BY c.kind, registered.function ORDER BY c.kind
    LOOP
        IF v_kind.function IS NULL THEN
            RAISE EXCEPTION 'nobody takes claims of kind %', v_kind.kind;
        END IF;
        EXECUTE format('SELECT coalesce(jsonb_agg(jsonb_build_object(''unit'', r.unit, ''facts'', r.facts ||'
                       ' jsonb_build_object(''kind'', %L))), ''[]'') FROM %s($1) AS r', v_kind.kind, v_kind.function)
        INTO v_one USING v_kind.claims;
        v_all := v_all || v_one;
    END LOOP;
    IF v_all <> '[]' THEN
        RAISE EXCEPTION USING ERRCODE = 'QS001', MESSAGE = v_all::text;
    END IF;
END
$$;
