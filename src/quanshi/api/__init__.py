"""The public JSON API, one file a domain: what a program of the buyer's does instead of their browser.

Owns: nothing. Events in: none. Events out: none.
"""
