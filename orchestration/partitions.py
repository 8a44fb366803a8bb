"""Partitions: one a survey year of the registry. A new year is a row of the seeds, no code."""

from dagster import StaticPartitionsDefinition

from orchestration.registry import load_registry
from orchestration.settings import Settings

survey_years = StaticPartitionsDefinition(
    [str(year.survey_year) for year in load_registry(Settings.from_environment().seeds).survey_years]
)
