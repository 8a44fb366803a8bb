"""Dagster resources: the load of a run."""
