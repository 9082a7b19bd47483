"""Double-entry books: accounts, immutable transfers and postings, statements.

Owns: ledger_account, ledger_transfer, ledger_posting.
Events in: none. Events out: none.
"""
