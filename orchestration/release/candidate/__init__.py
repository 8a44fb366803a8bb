"""The candidate: publication tables in order, digests, files read back, manifest."""
