"""Every path and every threshold of the program, in one typed object.

Belongs here: where things lie and the numbers an operator may change. Does not belong here: facts of the survey (they
are registry seeds) and methods (they are policies in the seeds).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

DataOrigin = Literal["actual", "synthetic", "reconstructed"]
DATA_ORIGINS: tuple[DataOrigin, ...] = get_args(DataOrigin)

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseModel):
    """Paths and thresholds of one data origin. Frozen: a changed setting is a new object (`for_origin`)."""

    model_config = ConfigDict(frozen=True)

    home: Path = Field(description="All data: NCPES_HOME, else data/ beside the code.")
    data_origin: DataOrigin = Field("synthetic", description="Each origin has its own root under home; they never mix.")
    project_root: Path = PROJECT_ROOT

    # Law 1: shares of quarantined rows above which the gate fails.
    max_quarantined_share_of_file: float = 0.001
    max_quarantined_share_of_organisation: float = 0.01
    # One writer: how long a load waits for another to finish before it gives up.
    lock_timeout_seconds: float = 600.0
    # A file larger than this is refused before it is read.
    max_file_bytes: int = 4 * 1024**3
    duckdb_threads: int = Field(default_factory=lambda: os.cpu_count() or 1)
    duckdb_memory_limit: str = "3GB"

    @classmethod
    def from_environment(cls, data_origin: DataOrigin | None = None) -> Settings:
        """Settings as NCPES_HOME and NCPES_DATA_ORIGIN ask; the defaults are data/ beside the code and `synthetic`."""
        home = Path(os.environ.get("NCPES_HOME") or PROJECT_ROOT / "data").expanduser().resolve()
        origin = data_origin or os.environ.get("NCPES_DATA_ORIGIN") or "synthetic"
        return cls.model_validate({"home": home, "data_origin": origin})

    def for_origin(self, data_origin: DataOrigin) -> Settings:
        """The same settings with the root of another origin."""
        return self.model_copy(update={"data_origin": data_origin})

    @property
    def root(self) -> Path:
        """Root of this origin: returns, lake, warehouse, releases and pointers."""
        return self.home / self.data_origin

    @property
    def returns(self) -> Path:
        """Raw area: files as received, one folder a survey year. Restricted."""
        return self.root / "returns"

    @property
    def quarantine(self) -> Path:
        """Raw area: rows that could not be taken. Restricted."""
        return self.root / "quarantine"

    @property
    def landing(self) -> Path:
        """Typed Parquet of every delivery, `survey_year=Y/delivery=<hash>/`, no identifier."""
        return self.root / "lake" / "landing"

    @property
    def warehouse(self) -> Path:
        """Working warehouse; the `current` link names the promoted one. Rebuildable."""
        return self.root / "warehouse"

    @property
    def marts_database(self) -> Path:
        """Read-only facts and dimensions for analysts inside; restricted, unpublished."""
        return self.root / "marts" / "ncpes_marts.duckdb"

    @property
    def candidates(self) -> Path:
        """One folder a survey year: the last load's tables, checks, decision, report and manifest."""
        return self.root / "candidates"

    @property
    def releases(self) -> Path:
        """Published, immutable: `<version>/` folders and the pointers `latest` and `current/<year>`."""
        return self.root / "releases"

    @property
    def scratch(self) -> Path:
        """Working space of the running load; emptied at the start of the next one."""
        return self.root / "scratch"

    @property
    def lock_file(self) -> Path:
        """Whatever writes under this root holds this file."""
        return self.root / ".writer.lock"

    @property
    def respondent_key_file(self) -> Path:
        """Secret of the keyed hash that replaces record numbers; outside every lake (law 9)."""
        return self.home / "private" / "respondent_key"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME that the command line and the UI share."""
        return self.home / "dagster"

    @property
    def seeds(self) -> Path:
        """The questionnaire registry."""
        return self.project_root / "dbt_project" / "seeds"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.project_root / "dbt_project"

    @property
    def suites(self) -> Path:
        """Check suites, as data."""
        return self.project_root / "expectations" / "suites"
