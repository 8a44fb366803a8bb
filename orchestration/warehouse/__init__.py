"""The working warehouse: which years are built again, the dbt invocation that builds them, and its promotion."""
