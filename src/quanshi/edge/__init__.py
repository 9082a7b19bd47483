"""The ASGI front: placing orders, event streams, health, files on disk. Everything else goes to Django.

Owns: nothing. Events in: none. Events out: none.
"""
