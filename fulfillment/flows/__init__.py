"""Deeds that join capabilities."""
