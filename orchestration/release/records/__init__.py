"""The stored records of a candidate and a release: each has its file name, its type and its reader here."""
