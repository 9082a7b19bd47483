"""Pure decisions: prices and addresses, the order's life, after-sale."""
