"""Change between survey years: tests, trends and decomposition."""
