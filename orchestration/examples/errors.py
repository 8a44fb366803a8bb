"""The error of the examples."""

from __future__ import annotations


class ExampleError(ValueError):
    """Example returns cannot be made as asked; the message names year, question or file, and the next step."""
