"""The carrier protocol and its adapters."""
