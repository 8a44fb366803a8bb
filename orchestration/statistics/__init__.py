"""Statistics of the survey: pure functions on arrays and on small tables.

Belongs here: every number that is computed from integer counts (scores, intervals, case-mix adjustment, expected
ranges, reliability, change, response, inequality, headline claims). Does not belong here: reading, writing,
suppression, and any knowledge of Dagster, dbt or Great Expectations.

Arrays are float64 and NaN is "no value"; shares are 0-1. Table functions take and return pandas frames and leave their
input alone. What a year's release decided (z, form of the expected range, rounding) comes in as a policy: `policies`.
"""
