"""The phone web app of shoppers and sharers."""
