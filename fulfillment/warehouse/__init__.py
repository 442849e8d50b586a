"""Stock, bins, waves and picks."""
