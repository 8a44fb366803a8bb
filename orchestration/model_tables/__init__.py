"""Adapters between dbt's Python models and the pure functions of statistics and disclosure."""
