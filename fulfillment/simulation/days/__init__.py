"""The made-up company's last days, played through the running product up to this moment."""
