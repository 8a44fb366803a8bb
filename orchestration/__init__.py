"""The NCPES warehouse: the Dagster code location and the program around it."""
