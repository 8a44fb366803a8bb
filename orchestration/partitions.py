"""Partitions: one a survey year of the registry. A new year is a row of the seeds, no code."""

import warnings

from dagster import BackfillPolicy, BetaWarning, StaticPartitionsDefinition

from orchestration.registry import load_registry
from orchestration.settings import Settings

survey_years = StaticPartitionsDefinition(
    [str(year.survey_year) for year in load_registry(Settings.from_environment().seeds).survey_years]
)

# Dagster calls backfill policies beta; the locked version is the one that the tests run.
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=BetaWarning)

# A backfill over several years is one load and one release: one dbt invocation, one round of checks.
ONE_RUN = BackfillPolicy.single_run()
