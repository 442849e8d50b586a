"""Background tasks: relay, worker, sweeper and scheduler."""
