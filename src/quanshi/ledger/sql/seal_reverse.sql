DROP TRIGGER ledger_sealed_append_only ON ledger_sealed;
DROP TRIGGER ledger_seal_append_only ON ledger_seal;
DROP FUNCTION ledger_seal_book(uuid, uuid[]);
DROP FUNCTION ledger_micros(timestamptz);
DROP FUNCTION ledger_text(text);
ALTER TABLE ledger_transfer DROP COLUMN written_by;
