"""Readers: a file of any accepted form becomes one table of text columns and what the reader noticed."""
