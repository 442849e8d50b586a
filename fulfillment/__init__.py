"""Warehouse, shipping and returns for direct-selling companies."""
