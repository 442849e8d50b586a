"""Parcels, postage and tracking."""
