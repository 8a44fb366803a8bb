"""Organisations of a year against the year before: who appears, vanishes, is renamed, moves or seems to have merged.

Two lists never prove a merger; names, a common parent and patients make it likely: the successor has about as many as
both had. That alone decides nothing. A merger that a person has accepted is a row of
`organisation_mergers.csv`; it explains why one code vanished and another appeared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.lake import delivery_to_compare, landing_folder
from orchestration.registry.rows import OrganisationMerger
from orchestration.settings import Settings

Change = Literal["appeared", "vanished", "renamed", "moved", "merged"]
_SAME_NAME, _ALIKE = 0.95, 0.5
_PATIENTS_TOLERANCE = 0.25
_LIKELY = 2


@dataclass(frozen=True)
class Organisation:
    """An organisation of one year with its patients in the sample (None where no sample is landed)."""

    level: str
    code: str
    name: str
    parent_code: str | None
    n_patients: int | None = None


@dataclass(frozen=True)
class OrganisationChange:
    """A change from one year to the next; `confidence` is `certain` where the lists themselves show it."""

    change: Change
    level: str
    code_before: str | None
    code_after: str | None
    confidence: Literal["certain", "likely", "unsure"]
    evidence: str


def landed_organisations(settings: Settings, survey_year: int, delivery: str | None = None) -> list[Organisation]:
    """Organisations of a landed delivery (default: the active one) with their patients; empty when none is landed."""
    delivery = delivery or delivery_to_compare(settings, survey_year)
    if delivery is None:
        return []
    folder = landing_folder(settings, survey_year, delivery)
    sample = pq.read_table(folder / "sample.parquet", columns=["trust_code", "ccg_code", "alliance_code"])
    return organisations_of(pq.read_table(folder / "organisations.parquet"), sample)


def organisations_of(organisations: pa.Table, sample: pa.Table | None = None) -> list[Organisation]:
    """Organisations of a landing table, with patients counted in a landed sample."""
    counts = {
        level: _count(sample.column(f"{level}_code")) if sample is not None else None
        for level in ("trust", "ccg", "alliance")
    }
    found = []
    for row in organisations.to_pylist():
        level, code = row["level"], row["organisation_code"]
        patients = counts.get(level)
        n_patients = patients.get(code, 0) if patients is not None else None
        found.append(Organisation(level, code, row["organisation_name"], row["parent_code"], n_patients))
    return found


def _count(codes: pa.ChunkedArray) -> dict[str, int]:
    return {item["values"]: item["counts"] for item in codes.value_counts().to_pylist()}


def compare_organisations(
    before: list[Organisation], after: list[Organisation], accepted: Sequence[OrganisationMerger] = ()
) -> list[OrganisationChange]:
    """Changes between two years, by level and code; a vanished organisation with a likely successor is `merged`.

    `accepted` are the registered mergers between the two years: they are `merged` for certain, unless the files
    contradict them, and the codes that they explain are not listed as appeared or vanished.
    """
    old = {(item.level, item.code): item for item in before}
    new = {(item.level, item.code): item for item in after}
    registered = [_registered(row, old, new) for row in accepted]
    explained = {(row.level, code) for row in accepted for code in (row.old_code, row.new_code)}
    changes = [_appeared(new[key]) for key in sorted(new.keys() - old.keys() - explained)]
    changes += [_vanished(old[key], old, new) for key in sorted(old.keys() - new.keys() - explained)]
    changes += registered
    for key in sorted(old.keys() & new.keys()):
        one, other = old[key], new[key]
        if _like(one.name, other.name) < _SAME_NAME:
            what = f"{one.name!r} became {other.name!r}"
            changes.append(OrganisationChange("renamed", one.level, one.code, other.code, "certain", what))
        if one.parent_code != other.parent_code:
            what = f"from {one.parent_code or 'none'} to {other.parent_code or 'none'}"
            changes.append(OrganisationChange("moved", one.level, one.code, other.code, "certain", what))
    return changes


def _appeared(item: Organisation) -> OrganisationChange:
    return OrganisationChange("appeared", item.level, None, item.code, "certain", item.name)


def _registered(
    row: OrganisationMerger, old: Mapping[tuple[str, str], Organisation], new: Mapping[tuple[str, str], Organisation]
) -> OrganisationChange:
    """A registered merger, and how the files contradict it."""
    doubts = []
    if (row.level, row.old_code) not in old:
        doubts.append(f"{row.old_code} was not there before")
    if (row.level, row.old_code) in new:
        doubts.append(f"{row.old_code} is still there")
    if (row.level, row.new_code) not in new:
        doubts.append(f"{row.new_code} is not there")
    evidence = f"registered as {row.change_kind.replace('_', ' ')}: {row.source}"
    if doubts:
        evidence += f"; but {' and '.join(doubts)}: correct organisation_mergers.csv or the file"
    sure: Literal["certain", "unsure"] = "unsure" if doubts else "certain"
    return OrganisationChange("merged", row.level, row.old_code, row.new_code, sure, evidence)


def _vanished(
    item: Organisation, old: Mapping[tuple[str, str], Organisation], new: Mapping[tuple[str, str], Organisation]
) -> OrganisationChange:
    """A vanished organisation, with the successor that has most evidence."""
    candidates = [
        (_evidence(item, old.get(key), other), other) for key, other in new.items() if other.level == item.level
    ]
    reasons, best = max(candidates, key=lambda found: (len(found[0]), found[1].code), default=([], item))
    if len(reasons) < _LIKELY:
        return OrganisationChange("vanished", item.level, item.code, None, "certain", item.name)
    sure: Literal["likely", "unsure"] = "likely" if len(reasons) > _LIKELY else "unsure"
    return OrganisationChange("merged", item.level, item.code, best.code, sure, "; ".join(reasons))


def _evidence(item: Organisation, same_before: Organisation | None, other: Organisation) -> list[str]:
    """Evidence that `other` is the successor of a vanished organisation."""
    reasons = []
    if item.parent_code is not None and item.parent_code == other.parent_code:
        reasons.append(f"the same parent {other.parent_code}")
    if _like(item.name, other.name) >= _ALIKE:
        reasons.append(f"names {_like(item.name, other.name):.0%} alike")
    if item.n_patients and other.n_patients is not None:
        expected = item.n_patients + ((same_before.n_patients or 0) if same_before else 0)
        if abs(other.n_patients - expected) <= _PATIENTS_TOLERANCE * item.n_patients:
            reasons.append(f"{other.n_patients:,} patients where {expected:,} were together")
    return reasons


def _like(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()
