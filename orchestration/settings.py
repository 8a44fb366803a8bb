"""Every path and every threshold of the program, in one typed object.

Belongs here: where things lie and the numbers an operator may change. Does not belong here: facts of the survey (they
are registry seeds) and methods (they are policies in the seeds).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.errors import ExitCode, ProgramError

DataOrigin = Literal["actual", "synthetic", "reconstructed"]
DATA_ORIGINS: tuple[DataOrigin, ...] = get_args(DataOrigin)

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ProgramError):
    """An environment variable that cannot be a setting; the message names it and what it may be."""

    exit_code = ExitCode.USAGE


class IntakeLimits(BaseModel):
    """Limits of what intake will open, so that a bad file ends in a message and not in a dead machine.

    Defaults hold for a return of some hundred thousand rows with room to spare. Bytes, rows, columns, seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_file_bytes: int = Field(default=4 * 1024**3, gt=0, description="A larger file is refused before it is read.")
    max_unpacked_bytes: int = Field(
        default=16 * 1024**3, gt=0, description="Of a gzip or zip file, counted while unpacking."
    )
    max_unpacked_ratio: int = Field(
        default=200, gt=0, description="Unpacked bytes for one packed byte, beyond the first 10 MiB."
    )
    max_workbook_cells: int = Field(
        default=120_000_000, gt=0, description="Rows x columns that a sheet claims to span."
    )
    max_workbook_bytes: int = Field(default=4 * 1024**3, gt=0, description="Unpacked parts of a workbook together.")
    max_columns: int = Field(default=5_000, gt=0, description="Columns of a file.")
    max_header_rows: int = Field(default=20, gt=0, description="Title rows searched for the header of a workbook.")
    reader_memory_bytes: int = Field(
        default=8 * 1024**3, gt=0, description="Address space, in bytes, of a reader in a process of its own."
    )
    reader_seconds: float = Field(
        default=900.0, gt=0, description="Seconds that a reader in a process of its own may take."
    )


class Settings(BaseModel):
    """Paths and thresholds of one data origin. Frozen: a changed setting is a new object (`for_origin`)."""

    model_config = ConfigDict(frozen=True)

    home: Path = Field(description="All data: NCPES_HOME, else data/ beside the code.")
    data_origin: DataOrigin = Field("synthetic", description="Each origin has its own root under home; they never mix.")
    project_root: Path = PROJECT_ROOT

    # Law 1: shares of quarantined rows above which the gate fails. They can be made stricter, never looser.
    max_quarantined_share_of_file: float = Field(0.001, ge=0, le=0.001)
    max_quarantined_share_of_organisation: float = Field(0.01, ge=0, le=0.01)
    # One writer: how long a load waits for another to finish before it gives up.
    lock_timeout_seconds: float = 600.0
    intake: IntakeLimits = Field(default=IntakeLimits(), description="Variables: NCPES_INTAKE_ and the name.")
    duckdb_threads: int = Field(default_factory=lambda: os.cpu_count() or 1)
    duckdb_memory_limit: str = Field(
        "3GB", pattern=r"^[0-9]+(\.[0-9]+)? ?([KMGT]i?B)$", description="Beyond it, building models goes to the disk."
    )

    @classmethod
    def from_environment(cls, data_origin: DataOrigin | None = None) -> Settings:
        """Settings as the environment asks; the defaults are data/ beside the code and `synthetic`.

        NCPES_HOME, NCPES_DATA_ORIGIN, NCPES_ and the name of a threshold, NCPES_INTAKE_ and the name of a limit; an
        empty variable counts as none. Raises SettingsError.
        """
        home = Path(os.environ.get("NCPES_HOME") or PROJECT_ROOT / "data").expanduser().resolve()
        if any(mark in home.as_posix() for mark in "#?*"):
            # Tools of the stack read a path as an address or a pattern, in which these begin another part.
            raise SettingsError(f"NCPES_HOME is {home}: choose a folder without #, ? and * in its path")
        origin = data_origin or os.environ.get("NCPES_DATA_ORIGIN") or "synthetic"
        own = set(cls.model_fields) - {"home", "data_origin", "project_root", "intake"}
        thresholds = {name: value for name, value in _variables("NCPES_").items() if name in own}
        # All of them, so that a limit with a misspelt name is refused and not ignored.
        limits = _variables("NCPES_INTAKE_")
        try:
            return cls.model_validate({"home": home, "data_origin": origin, "intake": limits, **thresholds})
        except ValidationError as error:
            faults = (
                f"NCPES_{'_'.join(map(str, fault['loc'])).upper()} is {fault['input']!r}: "
                + ("there is no such limit" if fault["type"] == "extra_forbidden" else fault["msg"].lower())
                for fault in error.errors()
            )
            raise SettingsError("an environment variable cannot be used; " + "; ".join(faults)) from error

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

    def candidate_of(self, release_year: int) -> Path:
        """The folder of the candidate of a year."""
        return self.candidates / str(release_year)

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
        """Whatever writes under home holds this file: origins share dbt's working folder and the registry."""
        return self.home / ".writer.lock"

    @property
    def respondent_key_file(self) -> Path:
        """Secret of the keyed hash that replaces record numbers; stored outside the lake."""
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


def _variables(prefix: str) -> dict[str, str]:
    """Values of the environment variables with a prefix that are not empty, by the setting's name."""
    return {
        name.removeprefix(prefix).lower(): text for name, text in os.environ.items() if text and name.startswith(prefix)
    }
