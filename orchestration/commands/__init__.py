"""The commands of `ncpes`, by what the user is doing: loading, reading, reviewing, rehearsing."""
