"""The desk of whoever keeps the installation: people, shops and what was done, to look at; a shop can be stopped."""
