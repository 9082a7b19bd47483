-- Which levels of free stock are low, kept as they cross the line, so that nobody has to look through all levels of a
-- shop. A list beside the levels and no index on them: an indexed column would cost every reservation a new entry.

-- The line is rules.LOW_STOCK.
CREATE FUNCTION stock_is_low(p_on_hand bigint, p_reserved bigint, p_pool uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p_pool IS NULL AND p_on_hand - p_reserved <= 5
$$;

CREATE FUNCTION stock_note_low() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF stock_is_low(NEW.on_hand, NEW.reserved, NEW.pool_id) THEN
        INSERT INTO stock_low_level (level_id, shop_id, variant_id) VALUES (NEW.id, NEW.shop_id, NEW.variant_id)
        ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM stock_low_level WHERE level_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION stock_note_new_low() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_low_level (level_id, shop_id, variant_id)
    SELECT made.id, made.shop_id, made.variant_id FROM made
    WHERE stock_is_low(made.on_hand, made.reserved, made.pool_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION stock_forget_low() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stock_low_level USING gone WHERE stock_low_level.level_id = gone.id;
    RETURN NULL;
END
$$;

-- stock_is_low, written out: in a trigger's condition the function would be opened anew by every statement
CREATE TRIGGER stock_level_low_crossed AFTER UPDATE OF on_hand, reserved ON stock_level FOR EACH ROW
    WHEN ((OLD.pool_id IS NULL AND OLD.on_hand - OLD.reserved <= 5)
          <> (NEW.pool_id IS NULL AND NEW.on_hand - NEW.reserved <= 5))
    EXECUTE FUNCTION stock_note_low();
CREATE TRIGGER stock_level_low_made AFTER INSERT ON stock_level
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION stock_note_new_low();
CREATE TRIGGER stock_level_low_gone AFTER DELETE ON stock_level
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION stock_forget_low();

INSERT INTO stock_low_level (level_id, shop_id, variant_id)
SELECT id, shop_id, variant_id FROM stock_level WHERE stock_is_low(on_hand, reserved, pool_id);
