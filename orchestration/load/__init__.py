"""One load of one survey year, step by step: what Dagster's assets and the command line both call."""
