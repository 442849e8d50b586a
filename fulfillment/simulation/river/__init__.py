"""A day of a distribution centre, driven through the doors a person would use: commands, HTTP and jobs."""
