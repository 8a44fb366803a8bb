"""Limits of what intake will open, so that a bad file ends in a message and not in a dead machine."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class IntakeLimits(BaseModel):
    """Defaults hold for a return of some hundred thousand rows with room to spare."""

    model_config = ConfigDict(frozen=True)

    max_file_bytes: int = Field(default=4 * 1024**3, description="A larger file is refused before it is read.")
    max_unpacked_bytes: int = Field(default=16 * 1024**3, description="Of a gzip or zip file, counted while unpacking.")
    max_unpacked_ratio: int = Field(
        default=200, description="Unpacked bytes for one packed byte, beyond the first 10 MiB."
    )
    max_workbook_cells: int = Field(default=120_000_000, description="Rows x columns that a sheet claims to span.")
    max_workbook_bytes: int = Field(default=4 * 1024**3, description="Unpacked parts of a workbook together.")
    max_columns: int = Field(default=5_000, description="Columns of a file.")
    max_header_rows: int = Field(default=20, description="Title rows searched for the header of a workbook.")
    reader_memory_bytes: int = Field(default=8 * 1024**3, description="Address space of a reader that runs apart.")
    reader_seconds: float = Field(default=900.0, description="Time of a reader that runs apart.")
