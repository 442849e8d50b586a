"""The payment-gateway protocol and its adapters."""
