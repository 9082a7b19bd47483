"""The demo world: three shops that do not exist, their goods drawn by code, and simulated buyers.

It stands above the rooms and goes through their services only, so its books, stock and audit trail are true.
Owns: no tables. Events in: none. Events out: what the services emit.
"""
