"""Intake: files as received become typed landing tables, with nothing lost and every problem said at once."""
