"""The planner: which warehouse serves which order; needs no database."""
