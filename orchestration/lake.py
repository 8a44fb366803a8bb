"""What is kept of every survey year: landed deliveries, the active one of each year, and what the warehouse holds.

Belongs here: paths, pointers and fingerprints of the lake and of the promoted warehouse, each in this one place. Does
not belong here: writing a delivery (`intake`) or planning what is rebuilt (`warehouse`).

    lake/landing/survey_year=2018/delivery=<hash>/   a landed delivery with its receipt
    lake/landing/survey_year=2018/active             the delivery that counts, once a load was promoted
    warehouse/current/fingerprints.json              what the promoted warehouse was built from, by survey year
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict, Field

from orchestration.records import Record
from orchestration.settings import Settings
from orchestration.storage import replace_text

RECEIPT_FILE = "receipt.json"

ACTIVE = "active"
DATABASE = "warehouse.duckdb"
FINGERPRINTS = "fingerprints.json"
_YEAR, _DELIVERY = "survey_year=", "delivery="


class LandedReturn(Record):
    """What was landed of a survey year, by which rules of intake and under which registry rows; all hex digests."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    delivery: str
    intake: str
    registry: str


class YearFingerprint(LandedReturn):
    """What the stored cells of a survey year were made from: the landed return, and the code that counts it."""

    code: str

    @property
    def landed(self) -> LandedReturn:
        """The return alone."""
        return LandedReturn(delivery=self.delivery, intake=self.intake, registry=self.registry)

    def difference_from(self, other: YearFingerprint | None) -> str | None:
        """Why this year must be rebuilt where `other` is stored, in words; None where it need not."""
        if other is None:
            return "not in the warehouse yet, or not checked"
        reasons = []
        if self.delivery != other.delivery:
            reasons.append(f"delivery {other.delivery} was replaced by {self.delivery}")
        elif self.intake != other.intake:
            reasons.append("its delivery was landed again by other rules")
        if self.registry != other.registry:
            reasons.append("its registry rows changed")
        if self.code != other.code:
            reasons.append("the models or statistics changed")
        return "; ".join(reasons) or None


class Fingerprints(Record):
    """What a warehouse was built from: a fingerprint a survey year, and the digest of its seeds."""

    years: dict[int, YearFingerprint] = Field(default_factory=dict)
    seeds: str = ""


def year_folder(settings: Settings, survey_year: int) -> Path:
    """Folder of everything landed of a survey year."""
    return settings.landing / f"{_YEAR}{survey_year}"


def landing_folder(settings: Settings, survey_year: int, delivery: str) -> Path:
    """Folder of one landed delivery."""
    return year_folder(settings, survey_year) / f"{_DELIVERY}{delivery}"


def landed_years(settings: Settings) -> list[int]:
    """Survey years of which anything was ever landed, in order."""
    return sorted(int(path.name.removeprefix(_YEAR)) for path in settings.landing.glob(f"{_YEAR}*") if path.is_dir())


def active_deliveries(settings: Settings) -> dict[int, str]:
    """The active delivery of every survey year that a load has promoted, in order of the years."""
    pointers = {year: year_folder(settings, year) / ACTIVE for year in landed_years(settings)}
    return {year: path.read_text(encoding="utf-8").strip() for year, path in pointers.items() if path.is_file()}


def delivery_to_compare(settings: Settings, survey_year: int) -> str | None:
    """The delivery of a year that a new return is compared with: the active one, else the only one landed."""
    if active := active_deliveries(settings).get(survey_year):
        return active
    landed = [path.name.removeprefix(_DELIVERY) for path in year_folder(settings, survey_year).glob(f"{_DELIVERY}*")]
    return landed[0] if len(landed) == 1 else None


def activate_delivery(settings: Settings, survey_year: int, delivery: str) -> None:
    """Makes a landed delivery the one that counts, in one step."""
    replace_text(year_folder(settings, survey_year) / ACTIVE, delivery + "\n")


def read_fingerprints(warehouse: Path) -> Fingerprints:
    """What a warehouse folder was built from; nothing where there is no warehouse, because it can be rebuilt.

    Raises RecordError where the record is damaged.
    """
    path = warehouse / FINGERPRINTS
    return Fingerprints.read(path) if path.is_file() and (warehouse / DATABASE).is_file() else Fingerprints()


def promoted_fingerprints(settings: Settings) -> Fingerprints:
    """What the promoted warehouse was built from. A year that no load has checked is not in it."""
    return read_fingerprints(settings.warehouse / "current")


def changed_returns(used: Mapping[int, LandedReturn], promoted: Fingerprints) -> list[int]:
    """Years of `used` whose return is not the promoted one: another delivery, rules or rows, or an unchecked return."""
    current = {year: fingerprint.landed for year, fingerprint in promoted.years.items()}
    return sorted(year for year, record in used.items() if current.get(year) != record)
