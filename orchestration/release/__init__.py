"""From a built warehouse to a published release: candidate, files read back, manifest, signatures, publication.

Belongs here: what is published, and how it becomes public all at once or not at all. Does not belong here: what the
numbers are (the dbt project), whether they are good enough (expectations), or who starts a load (the command line).
"""
