"""Notices to distributors and customers."""
