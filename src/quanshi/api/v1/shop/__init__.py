"""What runs a shop: goods, stock, orders, after-sales, money, imports, webhooks. Members alone, by token or cookie."""
