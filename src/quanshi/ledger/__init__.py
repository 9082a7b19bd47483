"""Double-entry books: accounts, immutable transfers and postings, statements, and the hash chain that seals them.

Owns: ledger_account, ledger_transfer, ledger_posting, ledger_seal, ledger_sealed, ledger_seal_mark,
ledger_subtotal, ledger_subtotal_mark.
Events in: none. Events out: none.
"""
