"""The control tower: what waits for a person, everywhere in the house."""
