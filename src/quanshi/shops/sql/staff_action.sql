-- What was done stays written down: a mistake is answered by another action.
CREATE FUNCTION shops_staff_action_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'shops_staff_action is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER shops_staff_action_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON shops_staff_action
FOR EACH STATEMENT EXECUTE FUNCTION shops_staff_action_is_final();
