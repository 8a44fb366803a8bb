"""Rows of a return: samples, responses, organisations, edits, corrections, and what became of every row."""
