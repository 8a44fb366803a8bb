"""The load of a run as a Dagster resource: where it works, what the person who starts it chooses, and the writer lock.

The in-process executor makes a resource once for all steps of a run, so that a run holds the lock from its start to its
end; that is why the code location defaults to this executor. Under another executor each step takes the lock itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from orchestration.load.load import Load, LoadOptions, begin_load, load_being_built, load_of_candidate
from orchestration.load.writer_lock import writer_lock
from orchestration.settings import DataOrigin, Settings

if TYPE_CHECKING:
    from dagster import AssetCheckExecutionContext, AssetExecutionContext


class LoadResource(ConfigurableResource["LoadResource"]):
    """One load of the run's partitions. Every field may be set in the launchpad or in a run's configuration."""

    home: str | None = Field(default=None, description="Folder of all data; default NCPES_HOME, else data/.")
    data_origin: str | None = Field(
        default=None, description="actual, synthetic or reconstructed; default NCPES_DATA_ORIGIN, else synthetic."
    )
    full_refresh: bool = Field(default=False, description="Rebuild every survey year.")
    publish: bool = Field(default=True, description="Publish if the gate passes.")
    data_docs: bool = Field(default=False, description="Also write Great Expectations' Data Docs.")
    discard_signatures: bool = Field(default=False, description="Replace a candidate that is signed and not published.")
    as_of: str | None = Field(
        default=None, description="Date (YYYY-MM-DD) by which waivers and corrections expire; default today."
    )

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[LoadResource]:
        """Holds the writer lock for as long as the resource lives. Raises WriterBusy where it is not free in time."""
        run = context.run.run_id if context.run else "without a run"
        say = context.log.info if context.log else print
        with writer_lock(self.settings, f"run {run} ({self.settings.data_origin})", on_wait=say):
            yield self

    @property
    def settings(self) -> Settings:
        """Settings of the environment, in the home and of the origin that the run names."""
        settings = Settings.from_environment(cast("DataOrigin | None", self.data_origin))
        return settings.model_copy(update={"home": Path(self.home)}) if self.home else settings

    @property
    def options(self) -> LoadOptions:
        """What the person who started the run chose."""
        return LoadOptions(
            full_refresh=self.full_refresh,
            publishes=self.publish,
            writes_data_docs=self.data_docs,
            discards_signatures=self.discard_signatures,
        )

    def begin(self, context: AssetExecutionContext) -> Load:
        """A new load of the run's partitions. Raises UnknownSurveyYear."""
        as_of = date.fromisoformat(self.as_of) if self.as_of else None
        return begin_load(
            self.settings, survey_years_of(context), context.run.run_id, datetime.now(UTC), as_of, self.options
        )

    def being_built(self, context: AssetExecutionContext) -> Load:
        """The load whose models are being built, of the run's partitions. Raises RecordError."""
        return load_being_built(self.settings, survey_years_of(context)[-1], self.options)

    def of_candidate(self, context: AssetExecutionContext | AssetCheckExecutionContext) -> Load:
        """The load that made the stored candidate of the run's partitions. Raises RecordError."""
        return load_of_candidate(self.settings, survey_years_of(context)[-1], self.options)


def survey_years_of(context: AssetExecutionContext | AssetCheckExecutionContext) -> list[int]:
    """The survey years of a run's partitions, in order."""
    return sorted(int(key) for key in context.partition_keys)
