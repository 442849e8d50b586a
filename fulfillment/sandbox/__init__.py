"""The sandbox courier and payment provider: servers that speak the providers' protocols."""
