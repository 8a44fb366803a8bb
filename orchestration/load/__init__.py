"""One load, step by step: each step reads the records that earlier steps stored, and returns the record that it
stores."""
