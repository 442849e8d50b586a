"""Distributors and customers, and who sponsors whom."""
