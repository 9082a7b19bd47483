-- Who has seen a difference, and what they said, is append-only: a second thought is a second note.
CREATE FUNCTION payments_note_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payments_bill_difference_note is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER payments_note_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_bill_difference_note
FOR EACH STATEMENT EXECUTE FUNCTION payments_note_is_final();
