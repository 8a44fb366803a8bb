"""Dagster assets: one for each thing that a load stores. Each calls one step of `orchestration.load`."""
