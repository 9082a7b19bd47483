"""Quanshi (圈市): a market inside the circle."""
