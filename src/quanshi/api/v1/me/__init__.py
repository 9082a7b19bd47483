"""A person's own affairs: for the signed-in, and for personal tokens made for them."""
