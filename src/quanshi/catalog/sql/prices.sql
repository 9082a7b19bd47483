-- What was asked for a variant, and since when. A price history that could be mended would prove nothing.
CREATE FUNCTION catalog_refuse_price_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the history of prices is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER catalog_price_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog_price
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_refuse_price_change();

-- The history begins with what is known: the present price has been asked at least since the goods last changed.
INSERT INTO catalog_price (shop_id, variant_id, price_minor, at)
SELECT variant.shop_id, variant.id, variant.price_minor, product.updated_at
FROM catalog_variant AS variant JOIN catalog_product AS product ON product.id = variant.product_id
WHERE product.status = 'active' AND NOT variant.is_withdrawn
ORDER BY variant.id;
