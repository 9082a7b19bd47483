-- Whatever changes the catalogue leaves the products concerned in search_pending, in the same transaction: one statement
-- of it, one insert here, whether it was an import of a thousand rows or a price in the console.

CREATE FUNCTION search_note_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (shop_id, product_id) SELECT changed.shop_id, changed.id FROM changed;
    RETURN NULL;
END
$$;

CREATE FUNCTION search_note_variants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (shop_id, product_id) SELECT DISTINCT changed.shop_id, changed.product_id FROM changed;
    RETURN NULL;
END
$$;

-- a shelf's name stands in the documents of the goods on it and below it
CREATE FUNCTION search_note_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (shop_id, product_id)
    SELECT DISTINCT product.shop_id, product.id
    FROM changed
    JOIN catalog_category AS below
         ON below.shop_id = changed.shop_id AND below.path[1:cardinality(changed.path)] = changed.path
    JOIN catalog_product AS product ON product.category_id = below.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_product_made AFTER INSERT ON catalog_product
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_products();
CREATE TRIGGER search_product_changed AFTER UPDATE ON catalog_product
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_products();
CREATE TRIGGER search_variant_made AFTER INSERT ON catalog_variant
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_variants();
CREATE TRIGGER search_variant_changed AFTER UPDATE ON catalog_variant
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_variants();
CREATE TRIGGER search_variant_gone AFTER DELETE ON catalog_variant
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_variants();
CREATE TRIGGER search_category_changed AFTER UPDATE ON catalog_category
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_categories();
