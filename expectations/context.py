"""What a run of checks is about: release year, survey year, data origin, the landed return and the thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GROUP_LIMIT = 25


@dataclass(frozen=True)
class CheckContext:
    """What the checks of one survey year are told.

    `landing` is the folder of the landed delivery of `survey_year` (sample, responses and organisations as Parquet,
    receipt.json); `thresholds` are parameters for measures by name; `has_published_figures` says that this return
    should give the published national figures (actual and calibrated returns; not drawn ones).
    """

    release_year: int
    survey_year: int
    data_origin: str
    landing: Path | None = None
    has_published_figures: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)
    group_limit: int = GROUP_LIMIT

    def parameters(self) -> dict[str, Any]:
        """Parameters that every measure may name."""
        return {
            "release_year": self.release_year,
            "survey_year": self.survey_year,
            "data_origin": self.data_origin,
            "has_published_figures": self.has_published_figures,
            "max_quarantined_share_of_file": 0.001,
            "max_quarantined_share_of_organisation": 0.01,
            **self.thresholds,
        }
