"""Files as received: which file is what, and any accepted format as one table of text columns."""
