"""The NCPES warehouse: the Dagster code location and the program around it."""

import os

# Cores are given to processes and to DuckDB. Threads inside NumPy's small products would fight them for the cores, and
# would add in an order that depends on how many there are.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
