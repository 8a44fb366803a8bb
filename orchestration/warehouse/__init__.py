"""The working warehouse: which years are built anew, the dbt invocation that builds them, and its promotion."""
