"""Who may do what: users, sessions, badges, second factors, API tokens and the one table of roles."""
