"""A new year's return compared with the registry and the year before: the rows to add, each with evidence."""
