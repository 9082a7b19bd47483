"""Pages by journey. Views parse, call one service or selector, and render.

Owns: web_cache, in which sign-ins are counted. Events in: none. Events out: none.
"""
