"""The console of shops."""
