"""One file a part of the journey: market, cart, checkout, orders, after-sale, account, shell."""
