"""The desk of customer service: find, understand, act."""
