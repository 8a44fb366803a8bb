"""Headline claims of a release, each by every method."""
