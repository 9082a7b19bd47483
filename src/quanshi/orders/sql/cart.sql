-- Makes a cart hold so many units of a variant: 'set', or why it does not. One call, since every purchase begins here.
-- A line that is there changes whatever has become of the goods, and with p_selects is chosen for the next checkout; a
-- new one needs a shop that sells them, and room. A cart has no row of its own to lock, so its name is locked, as in
-- locks.py.

CREATE FUNCTION orders_set_cart_line(
    p_line uuid, p_buyer uuid, p_variant uuid, p_quantity integer, p_selects boolean, p_most integer,
    p_at timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_shop uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cart ' || p_buyer, 0));
    UPDATE orders_cart_line SET quantity = p_quantity, is_selected = is_selected OR p_selects
    WHERE buyer_id = p_buyer AND variant_id = p_variant;
    IF FOUND THEN
        RETURN 'set';
    END IF;
    v_shop := catalog_selling_shop(p_variant);
    IF v_shop IS NULL THEN
        RETURN 'not_sold';
    END IF;
    IF (SELECT count(*) FROM orders_cart_line WHERE buyer_id = p_buyer) >= p_most THEN
        RETURN 'full';
    END IF;
    INSERT INTO orders_cart_line (id, buyer_id, shop_id, variant_id, quantity, is_selected, added_at)
    VALUES (p_line, p_buyer, v_shop, p_variant, p_quantity, true, p_at);
    RETURN 'set';
END
$$;

-- The same for a purchase: the line is chosen for the next checkout, and whatever is chosen comes back in the order of
-- the cart. When the line cannot be set, one row says why.

CREATE FUNCTION orders_choose_in_cart(
    p_line uuid, p_buyer uuid, p_variant uuid, p_quantity integer, p_most integer, p_at timestamptz
) RETURNS TABLE (outcome text, shop uuid, variant uuid, quantity integer) LANGUAGE plpgsql AS $$
BEGIN
    outcome := orders_set_cart_line(p_line, p_buyer, p_variant, p_quantity, true, p_most, p_at);
    IF outcome <> 'set' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 'set', line.shop_id, line.variant_id, line.quantity FROM orders_cart_line AS line
        WHERE line.buyer_id = p_buyer AND line.is_selected
        ORDER BY line.added_at DESC, line.id DESC;
END
$$;
