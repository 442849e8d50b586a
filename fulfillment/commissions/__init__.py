"""Volume credited on sales and reversed on returns."""
