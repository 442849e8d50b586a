"""A day of a distribution centre, driven through the product's own doors."""
