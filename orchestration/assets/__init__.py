"""Dagster assets: nouns for what a load leaves behind. Each calls one step of `orchestration.load`."""
