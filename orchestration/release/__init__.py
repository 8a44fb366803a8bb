"""From a built warehouse to a published release: candidate, files read back, manifest, signatures, publication."""
