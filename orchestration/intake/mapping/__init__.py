"""From the supplier's names and codes to the registry's: columns, codes, labels, keys, derived values."""
