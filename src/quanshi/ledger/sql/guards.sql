-- The books defend themselves: whatever code or hand writes here, a transfer is whole, balanced and final.

-- Statement-level with a transition table: one check a statement, however many rows a batch inserts.
CREATE FUNCTION ledger_check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT found.* INTO broken FROM (
        (SELECT 'ledger_posting_balanced' AS rule,
                format('the postings of transfer %s sum to %s %s instead of zero',
                       transfer_id, sum(amount_minor), currency) AS told
         FROM new_postings
         GROUP BY transfer_id, currency
         HAVING sum(amount_minor) <> 0
         LIMIT 1)
        UNION ALL
        (SELECT 'ledger_posting_belongs',
                format('posting %s of transfer %s differs from its account or transfer in shop or currency',
                       posting.id, posting.transfer_id)
         FROM new_postings posting
         LEFT JOIN ledger_account account ON account.id = posting.account_id
         LEFT JOIN ledger_transfer transfer ON transfer.id = posting.transfer_id
         WHERE (account.shop_id = posting.shop_id
                AND account.currency = posting.currency
                AND transfer.shop_id = posting.shop_id) IS NOT TRUE
         LIMIT 1)
        UNION ALL
        -- a balanced pair added later would still change what the transfer said
        (SELECT 'ledger_transfer_final',
                format('transfer %s is already written; correct it by a reversal', fresh.transfer_id)
         FROM (SELECT transfer_id, count(*) AS legs FROM new_postings GROUP BY transfer_id) fresh
         WHERE fresh.legs < (SELECT count(*) FROM ledger_posting every WHERE every.transfer_id = fresh.transfer_id)
         LIMIT 1)
    ) AS found
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', broken.told
            USING ERRCODE = 'check_violation', CONSTRAINT = broken.rule, TABLE = 'ledger_posting';
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
