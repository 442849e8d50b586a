"""Orders, their promises and the fulfillment orders they become."""
