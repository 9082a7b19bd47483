-- The books defend themselves: whatever code or hand writes here, a transfer is whole, balanced and final.

-- Statement-level with a transition table: one check a statement, however many rows a batch inserts.
CREATE FUNCTION ledger_check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT transfer_id, currency, sum(amount_minor) AS total INTO broken
    FROM new_postings
    GROUP BY transfer_id, currency
    HAVING sum(amount_minor) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of transfer % sum to % % instead of zero',
            broken.transfer_id, broken.total, broken.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_balanced', TABLE = 'ledger_posting';
    END IF;

    SELECT posting.id, posting.transfer_id INTO broken
    FROM new_postings posting
    LEFT JOIN ledger_account account ON account.id = posting.account_id
    LEFT JOIN ledger_transfer transfer ON transfer.id = posting.transfer_id
    WHERE (account.shop_id = posting.shop_id
           AND account.currency = posting.currency
           AND transfer.shop_id = posting.shop_id) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % of transfer % differs from its account or transfer in shop or currency',
            broken.id, broken.transfer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_belongs', TABLE = 'ledger_posting';
    END IF;

    -- A balanced pair added later would still change what the transfer said.
    SELECT fresh.transfer_id INTO broken
    FROM (SELECT transfer_id, count(*) AS legs FROM new_postings GROUP BY transfer_id) fresh
    WHERE fresh.legs < (SELECT count(*) FROM ledger_posting every WHERE every.transfer_id = fresh.transfer_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % is already written; correct it by a reversal', broken.transfer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_final', TABLE = 'ledger_posting';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER ledger_posting_checked
    AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_postings();

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the books are append-only; correct by a reversal', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only', TABLE = TG_TABLE_NAME;
END
$$;

CREATE TRIGGER ledger_posting_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_transfer_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- An account that changed its currency or shop would turn every posting on it into a lie.
CREATE TRIGGER ledger_account_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
