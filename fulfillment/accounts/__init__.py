"""Users, sessions, API tokens and roles."""
