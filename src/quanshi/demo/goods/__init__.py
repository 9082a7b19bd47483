"""What the demo shops sell: one sheet a shop, read by demo/catalogue.py."""
