"""Values, errors and names that every floor may use; pure."""
