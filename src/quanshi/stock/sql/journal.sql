-- The journal of on_hand is append-only: a mistake is answered by another movement.
CREATE FUNCTION stock_movement_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock_movement is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER stock_movement_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movement
FOR EACH STATEMENT EXECUTE FUNCTION stock_movement_is_final();
-- hot rows: leave room for new versions on the same page, so that an update touches no index
ALTER TABLE stock_level SET (fillfactor = 50);
ALTER TABLE stock_reservation SET (fillfactor = 80);
