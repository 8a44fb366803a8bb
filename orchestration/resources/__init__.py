"""Dagster resources: the load session that a run's assets share."""
