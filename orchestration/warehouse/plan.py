"""Which survey years a load rebuilds, and why.

A year's cell counts are kept as long as its fingerprint is the same: the delivery, the registry rows of the year, and
the code that turns one into the other. Belongs here: planning. Does not belong here: building, or where fingerprints
are kept (`lake`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from orchestration.lake import (
    FINGERPRINTS,
    RECEIPT_FILE,
    Fingerprints,
    YearFingerprint,
    active_deliveries,
    landing_folder,
    promoted_fingerprints,
)
from orchestration.records import Record
from orchestration.registry import Registry
from orchestration.settings import Settings

PLAN_FILE = "plan.json"

# What can change the stored tables of one survey year: its models, and the code that these reach by imports. What is
# said across years (dimensions, `over_time`, publication) is rebuilt in every load.
CODE_OF_A_YEAR = (
    "dbt_project/models/staging",
    "dbt_project/models/intermediate",
    *(f"dbt_project/models/marts/{folder}" for folder in ("respondents", "scores", "analyses")),
    "dbt_project/macros",
    "dbt_project/dbt_project.yml",
    *(f"orchestration/model_tables/{name}.py" for name in ("analyses", "case_mix", "conversion", "scores")),
    "orchestration/all_cores.py",
    "orchestration/registry",
    *(f"orchestration/disclosure/{name}.py" for name in ("status", "suppression")),
    *(f"orchestration/statistics/{folder}" for folder in ("case_mix", "groups", "response")),
    *(f"orchestration/statistics/{name}.py" for name in ("intervals", "policies", "rounding", "scores", "tables")),
    # Another version of the engine or of a package of statistics may give other digits.
    "requirements.lock",
)


class _LandedBy(Record, extra="ignore"):
    """The part of a delivery receipt that says by which rules it was landed."""

    intake_fingerprint: str


class RebuildPlan(Record):
    """What one load does with each survey year that the lake holds. Stored beside its warehouse as plan.json.

    `unchecked` are years whose landed return or registry rows are not those of the promoted warehouse: their checks
    must run. `keeps_seeds` says that the copied warehouse holds these very seed files already.
    """

    fingerprints: dict[int, YearFingerprint]
    reasons: dict[int, str]
    unchecked: tuple[int, ...]
    seeds: str
    keeps_seeds: bool

    @property
    def years(self) -> tuple[int, ...]:
        """Survey years that are rebuilt, in order."""
        return tuple(sorted(self.reasons))

    @property
    def kept_years(self) -> tuple[int, ...]:
        """Survey years that are read as stored."""
        return tuple(sorted(set(self.fingerprints) - set(self.reasons)))

    def up_to(self, release_year: int) -> dict[int, YearFingerprint]:
        """Fingerprints of the survey years that a release of a year holds."""
        return {year: fingerprint for year, fingerprint in self.fingerprints.items() if year <= release_year}

    def checked_years(self, survey_years: Collection[int]) -> list[int]:
        """Survey years whose return a load of `survey_years` answers for, the last being the release's.

        Those that it takes in, those that are unchecked, and those that it rebuilds: a return that was held, landed
        again by other rules or counted by other code must not enter a release by the load of another year. A later year
        is no part of this release: its own load checks it.
        """
        changed = {year for year in {*self.unchecked, *self.reasons} if year <= max(survey_years)}
        return sorted(changed | set(survey_years))

    def fingerprints_once_checked(self, checked: Collection[int]) -> Fingerprints:
        """What is stored beside the warehouse that this plan made.

        A year that was landed or rebuilt and not checked by this load is left out: the load that takes it into a
        release does not find it, rebuilds it and checks it.
        """
        unknown = {*self.unchecked, *self.reasons} - set(checked)
        years = {year: parts for year, parts in sorted(self.fingerprints.items()) if year not in unknown}
        return Fingerprints(seeds=self.seeds, years=years)


def plan_rebuild(
    settings: Settings, registry: Registry, received: Mapping[int, str], *, full_refresh: bool = False
) -> RebuildPlan:
    """The plan of loading `received` (survey year -> delivery): other years of the lake keep their active delivery."""
    code = code_digest(settings.project_root)
    wanted = {
        year: YearFingerprint(
            delivery=delivery,
            intake=_LandedBy.read(landing_folder(settings, year, delivery) / RECEIPT_FILE).intake_fingerprint,
            registry=registry.digest_of_year(year),
            code=code,
        )
        for year, delivery in sorted((active_deliveries(settings) | dict(received)).items())
    }
    promoted = promoted_fingerprints(settings)
    stored = Fingerprints() if full_refresh else promoted
    reasons = {}
    for year, fingerprint in wanted.items():
        reason = "a full refresh was asked for" if full_refresh else fingerprint.difference_from(stored.years.get(year))
        if reason:
            reasons[year] = reason
    known = {year: fingerprint.landed for year, fingerprint in promoted.years.items()}
    seeds = _digest_of(settings.project_root, [settings.seeds], {".csv", ".yml"})
    return RebuildPlan(
        fingerprints=wanted,
        reasons=reasons,
        unchecked=tuple(year for year, wants in wanted.items() if wants.landed != known.get(year)),
        seeds=seeds,
        keeps_seeds=seeds == stored.seeds and len(reasons) < len(wanted),
    )


def write_fingerprints(warehouse: Path, plan: RebuildPlan, checked: Collection[int]) -> None:
    """Stores beside a warehouse what it was built from."""
    plan.fingerprints_once_checked(checked).write(warehouse / FINGERPRINTS)


def code_digest(project_root: Path) -> str:
    """Digest of every source file that can change what a year's return turns into."""
    return _digest_of(project_root, [project_root / place for place in CODE_OF_A_YEAR], {".py", ".sql"})


def _digest_of(root: Path, places: list[Path], suffixes: set[str]) -> str:
    """Digest of files, and of those with a suffix below folders. Raises FileNotFoundError where a place is missing."""
    digest = hashlib.sha256()
    for place in places:
        if not place.exists():
            raise FileNotFoundError(f"{place} is missing: the installation is incomplete, install the program again")
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            if path == place or path.suffix in suffixes:
                digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
