"""Files read through named mapping profiles, row by row."""
