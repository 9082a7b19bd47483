-- The shop that sells this variant now; NULL when nobody does. For rooms above that look a variant up inside a call of
-- their own.

CREATE FUNCTION catalog_selling_shop(p_variant uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT variant.shop_id
    FROM catalog_variant AS variant JOIN catalog_product AS product ON product.id = variant.product_id
    WHERE variant.id = p_variant AND product.status = 'active' AND NOT variant.is_withdrawn
$$;
