"""Disclosure control: which cells may be shown. Pure functions on tables; no Dagster, dbt or Great Expectations."""
