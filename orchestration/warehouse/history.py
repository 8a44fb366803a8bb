"""Which survey years a load builds anew, and why.

A year's cell counts stand as long as its fingerprint does: the delivery, the registry rows of the year, and the code
that turns one into the other. Belongs here: fingerprints and the plan of a rebuild. Does not belong here: building it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.registry import Registry
from orchestration.settings import Settings

ACTIVE = "active"

# What can change the cells, scores and adjusted scores of one survey year. Cross-year models are made in every load.
_CODE_OF_A_YEAR = (
    "dbt_project/models/staging",
    "dbt_project/models/intermediate",
    "dbt_project/models/marts",
    "dbt_project/macros",
    "dbt_project/dbt_project.yml",
    "orchestration/registry",
    "orchestration/statistics",
    "orchestration/disclosure",
    "orchestration/model_tables",
    # Another version of the engine or of a package of statistics may give other digits.
    "requirements.lock",
)


@dataclass(frozen=True)
class YearFingerprint:
    """What the stored cells of a survey year were made from; all parts are hex digests."""

    delivery: str
    intake: str
    registry: str
    code: str

    def of_return(self) -> dict[str, str]:
        """What was landed and by which rules; the code that turns it into numbers is no part of it."""
        return {"delivery": self.delivery, "intake": self.intake, "registry": self.registry}

    def is_same_return(self, other: YearFingerprint | None) -> bool:
        """Whether `other` was made from the same delivery, landed by the same rules, under the same registry rows."""
        return other is not None and self.of_return() == other.of_return()

    def difference_from(self, other: YearFingerprint | None) -> str | None:
        """Why this year must be built anew where `other` is stored, in words; None where it need not."""
        if other is None:
            return "not in the warehouse yet, or not judged"
        reasons = []
        if self.delivery != other.delivery:
            reasons.append(f"delivery {other.delivery} was replaced by {self.delivery}")
        elif self.intake != other.intake:
            reasons.append("its delivery was landed anew by other rules")
        if self.registry != other.registry:
            reasons.append("its registry rows changed")
        if self.code != other.code:
            reasons.append("the models or statistics changed")
        return "; ".join(reasons) or None


@dataclass(frozen=True)
class RebuildPlan:
    """What one load does with each survey year that the lake holds."""

    fingerprints: dict[int, YearFingerprint]
    reasons: dict[int, str]
    unjudged: frozenset[int]
    """Years whose landed return or registry rows are not those of the warehouse in force: their checks must run."""
    seeds: str
    seeds_stand: bool
    """Whether the warehouse that is copied holds these very seed files already."""

    @property
    def years(self) -> tuple[int, ...]:
        """Survey years built anew, in order."""
        return tuple(sorted(self.reasons))

    @property
    def kept_years(self) -> tuple[int, ...]:
        """Survey years read as they stand."""
        return tuple(sorted(set(self.fingerprints) - set(self.reasons)))

    @property
    def starts_empty(self) -> bool:
        """Whether nothing stored is kept, so that the scratch warehouse starts as a new file."""
        return not self.kept_years


def landing_of(settings: Settings, survey_year: int, delivery: str) -> Path:
    """Folder of one landed delivery."""
    return settings.landing / f"survey_year={survey_year}" / f"delivery={delivery}"


def active_deliveries(settings: Settings) -> dict[int, str]:
    """The active delivery of every survey year that a load has promoted."""
    deliveries = {}
    for pointer in sorted(settings.landing.glob(f"survey_year=*/{ACTIVE}")):
        deliveries[int(pointer.parent.name.partition("=")[2])] = pointer.read_text(encoding="utf-8").strip()
    return deliveries


def plan_rebuild(
    settings: Settings, registry: Registry, received: Mapping[int, str], *, full_refresh: bool = False
) -> RebuildPlan:
    """The plan of loading `received` (survey year -> delivery): other years of the lake keep their active delivery."""
    code = code_digest(settings.project_root)
    deliveries = active_deliveries(settings) | dict(received)
    wanted = {
        year: YearFingerprint(hash_, _intake_of(settings, year, hash_), registry.digest_of_year(year), code)
        for year, hash_ in sorted(deliveries.items())
    }
    in_force, stored_seeds = read_fingerprints(settings.warehouse / "current")
    stored, stored_seeds = ({}, "") if full_refresh else (in_force, stored_seeds)
    reasons = {}
    for year, fingerprint in wanted.items():
        reason = "a full refresh was asked for" if full_refresh else fingerprint.difference_from(stored.get(year))
        if reason:
            reasons[year] = reason
    unjudged = frozenset(year for year, wants in wanted.items() if not wants.is_same_return(in_force.get(year)))
    seeds = _digest_of(settings.project_root, [settings.seeds], {".csv", ".yml"})
    return RebuildPlan(
        wanted, reasons, unjudged, seeds, seeds_stand=seeds == stored_seeds and len(reasons) < len(wanted)
    )


def _intake_of(settings: Settings, survey_year: int, delivery: str) -> str:
    """Fingerprint of the rules by which a delivery was landed, from its receipt."""
    receipt = landing_of(settings, survey_year, delivery) / "receipt.json"
    return str(json.loads(receipt.read_text(encoding="utf-8"))["intake_fingerprint"])


def read_fingerprints(warehouse: Path) -> tuple[dict[int, YearFingerprint], str]:
    """Fingerprints of the years and digest of the seeds stored beside a warehouse.

    None where the warehouse is missing, because it can always be made again.
    """
    path = warehouse / "fingerprints.json"
    if not path.is_file() or not (warehouse / "warehouse.duckdb").is_file():
        return {}, ""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {int(year): YearFingerprint(**parts) for year, parts in content["years"].items()}, str(content["seeds"])


def write_fingerprints(warehouse: Path, plan: RebuildPlan, judged: Collection[int]) -> None:
    """Stores beside a warehouse what it was built from.

    A year that was landed or built anew and not judged by this load is left out: the load that takes it into a release
    finds it unknown, builds it again and judges it.
    """
    known = plan.fingerprints.keys() - ((plan.unjudged | plan.reasons.keys()) - set(judged))
    years = {str(year): asdict(parts) for year, parts in sorted(plan.fingerprints.items()) if year in known}
    text = json.dumps({"seeds": plan.seeds, "years": years}, indent=2)
    (warehouse / "fingerprints.json").write_text(text + "\n", encoding="utf-8")


def code_digest(project_root: Path) -> str:
    """Digest of every source file that can change what a year's return turns into."""
    return _digest_of(project_root, [project_root / place for place in _CODE_OF_A_YEAR], {".py", ".sql"})


def _digest_of(root: Path, places: list[Path], suffixes: set[str]) -> str:
    """Digest of files, and of those with a suffix below folders. Raises FileNotFoundError where a place is missing."""
    digest = hashlib.sha256()
    for place in places:
        if not place.exists():
            raise FileNotFoundError(f"{place} is missing: the program is not whole, install it again")
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            if path == place or path.suffix in suffixes:
                digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
