"""Dagster asset checks: one per suite, and one per model with dbt tests; each shows stored results."""
