"""Differences between patient groups."""
