"""The database: engine, the one place that commits, jobs, idempotency, audit trail."""
