"""Dagster asset checks: one for every check of the suites and dbt tests, and the one that blocks publication."""
