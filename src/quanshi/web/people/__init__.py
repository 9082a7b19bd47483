"""A person's own corner: addresses, where they are signed in, their data; and the ways to sign in that allauth runs."""
