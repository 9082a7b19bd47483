"""Version 1: products, cart, quotes, orders. Placing itself is edge's."""
