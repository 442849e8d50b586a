"""The `fulfillment` command."""
