"""The stored records of a candidate and a release, as typed objects."""
