"""Settings, urls, entry points and wiring: the only package that sees every room."""
