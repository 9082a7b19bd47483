-- What somebody agreed to is evidence: whatever code or hand writes here, an entry is final. The next one counts.
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: consents are append-only; write the next one', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_consent_final', TABLE = TG_TABLE_NAME;
END
$$;

CREATE TRIGGER accounts_consent_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_consent
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
