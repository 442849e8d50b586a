"""Queries across capabilities."""
