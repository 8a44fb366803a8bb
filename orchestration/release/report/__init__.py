"""The quality report: the one document on which a reviewer decides about a release."""
