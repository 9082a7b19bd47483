"""A shop at a domain of its own: which requests are for one, what is served there, and how its pages are linked."""
