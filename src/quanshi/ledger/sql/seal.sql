-- The hash chain of a shop's books. docs/adr/0006 says why, quanshi.ledger.chain spells the same canonical form.

-- Which transaction wrote a transfer. Ids come from quotes and clocks, so neither tells what has been committed lately;
-- the number of the oldest running transaction does. The sealer alone reads it.
ALTER TABLE ledger_transfer ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ledger_transfer_written ON ledger_transfer (written_by);

CREATE FUNCTION ledger_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(convert_to(p_text, 'UTF8'), 'hex')
$$;

CREATE FUNCTION ledger_micros(p_at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM p_at) * 1000000)::bigint
$$;

-- Seals those of p_transfers that are whole and not sealed yet, in the order of their making, as the next seal of the
-- shop's book: how many there were, or null while somebody else seals this book.
CREATE FUNCTION ledger_seal_book(p_shop uuid, p_transfers uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_last record;
    v_ids uuid[];
    v_hashes bytea[];
    v_count integer;
    v_at CONSTANT timestamptz := clock_timestamp();
    v_canon text;
BEGIN
    -- held until the end of the transaction: the next sealer sees this one's seal, or none of it
    IF NOT pg_try_advisory_xact_lock(hashtextextended('ledger_seal ' || p_shop, 0)) THEN
        RETURN NULL;
    END IF;
    SELECT sequence, hash INTO v_last FROM ledger_seal WHERE shop_id = p_shop ORDER BY sequence DESC LIMIT 1;

    WITH fresh AS MATERIALIZED (
        SELECT * FROM ledger_transfer AS transfer
        WHERE transfer.id = ANY (p_transfers) AND transfer.shop_id = p_shop
          AND NOT EXISTS (SELECT FROM ledger_sealed AS sealed
                          WHERE sealed.shop_id = p_shop AND sealed.transfer_id = transfer.id)
    ), legs AS MATERIALIZED (
        SELECT posting.transfer_id, count(*) AS legs, string_agg(
            E'\n' || posting.id || '|' || posting.shop_id || '|' || posting.account_id || '|'
            || ledger_text(account.kind) || '|' || posting.amount_minor || '|' || ledger_text(posting.currency),
            '' ORDER BY posting.id) AS canon
        FROM ledger_posting AS posting JOIN ledger_account AS account ON account.id = posting.account_id
        WHERE posting.transfer_id = ANY (p_transfers)
        GROUP BY posting.transfer_id
    ), hashed AS (
        SELECT fresh.id, fresh.created_at, sha256(convert_to(
            'transfer|1|' || fresh.shop_id || '|' || fresh.id || '|' || ledger_text(fresh.kind) || '|'
            || fresh.subject_id || '|' || ledger_text(fresh.key) || '|' || coalesce(fresh.reverses_id::text, '') || '|'
            || ledger_text(fresh.memo) || '|' || ledger_micros(fresh.created_at) || '|' || legs.legs || legs.canon,
            'UTF8')) AS hash
        FROM fresh JOIN legs ON legs.transfer_id = fresh.id
    )
    SELECT array_agg(id ORDER BY created_at, id), array_agg(hash ORDER BY created_at, id), count(*)
    INTO v_ids, v_hashes, v_count FROM hashed;
    IF v_count = 0 THEN
        RETURN 0;
    END IF;

    SELECT 'seal|1|' || p_shop || '|' || coalesce(v_last.sequence, 0) + 1 || '|'
           || encode(coalesce(v_last.hash, decode(repeat('00', 32), 'hex')), 'hex') || '|' || ledger_micros(v_at) || '|'
           || v_count || '|' || v_ids[1] || '|' || v_ids[v_count]
           || string_agg(E'\n' || encode(entry.hash, 'hex'), '' ORDER BY entry.position)
    INTO v_canon FROM unnest(v_hashes) WITH ORDINALITY AS entry (hash, position);
    INSERT INTO ledger_seal (shop_id, sequence, previous_hash, hash, first_transfer_id, last_transfer_id, count,
                             sealed_at)
    VALUES (p_shop, coalesce(v_last.sequence, 0) + 1, coalesce(v_last.hash, decode(repeat('00', 32), 'hex')),
            sha256(convert_to(v_canon, 'UTF8')), v_ids[1], v_ids[v_count], v_count, v_at);
    INSERT INTO ledger_sealed (shop_id, transfer_id, sequence, position, hash)
    SELECT p_shop, entry.id, coalesce(v_last.sequence, 0) + 1, entry.position, entry.hash
    FROM unnest(v_ids, v_hashes) WITH ORDINALITY AS entry (id, hash, position);
    RETURN v_count;
END
$$;

CREATE TRIGGER ledger_seal_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_sealed_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_sealed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
