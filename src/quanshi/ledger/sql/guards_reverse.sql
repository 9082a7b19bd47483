DROP TRIGGER ledger_account_append_only ON ledger_account;
DROP TRIGGER ledger_transfer_append_only ON ledger_transfer;
DROP TRIGGER ledger_posting_append_only ON ledger_posting;
DROP TRIGGER ledger_posting_checked ON ledger_posting;
DROP FUNCTION ledger_refuse_change();
DROP FUNCTION ledger_check_postings();
