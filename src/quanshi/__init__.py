"""Quanshi (圈市): a market inside the circle."""

__version__ = "0.1.0"
