"""Return authorizations, inspections and refunds."""
