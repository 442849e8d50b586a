"""Warehouse, shipping and returns for direct-selling companies."""

__version__ = "0.1.0"
