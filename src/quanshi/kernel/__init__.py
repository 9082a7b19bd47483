"""Money, ids, clock, errors, states, outbox, idempotency, embedded PostgreSQL. Knows no domain.

Owns: kernel_outbox_event, kernel_outbox_delivery, kernel_idempotency_key, kernel_limit, kernel_sweep_pass; in
procrastinate's table the index kernel_failed_jobs.
Events in: none. Events out: none of its own; it carries those of every room.
"""
