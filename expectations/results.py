"""The record of one check: what every engine puts out, the gate decides on and the report prints.

Belongs here: the record, its vocabulary, its JSON form and digest, and how results of several years become one. Does
not belong here: running a check (`runner`) or deciding (`gate`). A record holds counts, denominators and keys of
groups; never a value of a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

Severity = Literal["critical", "warning", "info"]
Status = Literal["pass", "fail", "error", "not_applicable"]
Layer = Literal["landing", "staging", "marts", "publication"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
STATUSES: tuple[Status, ...] = get_args(Status)
LAYERS: tuple[Layer, ...] = get_args(Layer)
ALL_TABLES = "all"
# A check is what the worst of its years is; it applies where it applies to one of them.
_FROM_WORST: tuple[Status, ...] = ("error", "fail", "pass", "not_applicable")


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one check of one load.

    `n_affected` counts what is wrong in the check's own unit (groups, cells or rows) and `denominator` what was
    looked at; both are null where the engine does not say. `groups` are the keys and measures of the worst groups,
    capped; `n_groups` is how many there were. `message` says why a check could not be evaluated or does not apply.
    `survey_years` are the years whose return failed, where a load checked several; empty where it is the release.
    """

    check_id: str
    layer: str
    title: str
    why: str
    severity: Severity
    status: Status
    affects: tuple[str, ...] = (ALL_TABLES,)
    engine: str = "great_expectations"
    expected: str = ""
    observed: str = ""
    n_affected: int | None = None
    denominator: int | None = None
    groups: tuple[Mapping[str, Any], ...] = ()
    n_groups: int = 0
    message: str = ""
    next_step: str = ""
    is_waivable: bool = True
    survey_years: tuple[int, ...] = ()
    seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        """True unless the check passed or does not apply: an unknown status has not passed."""
        return self.status not in ("pass", "not_applicable")

    def to_dict(self) -> dict[str, Any]:
        """JSON form, key order fixed. `seconds` is in it: strip it (`without_times`) before anything is hashed."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        groups = [dict(group) for group in self.groups]
        return record | {"affects": list(self.affects), "groups": groups, "survey_years": list(self.survey_years)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CheckResult:
        """The inverse of `to_dict`; an unknown or missing key is a TypeError."""
        tuples = {name: tuple(record.get(name, ())) for name in ("affects", "groups", "survey_years")}
        return cls(**{**record, **tuples})


def without_times(results: Sequence[CheckResult]) -> list[dict[str, Any]]:
    """Records in order of layer and check id without durations: equal loads give equal lists."""
    ordered = sorted(results, key=lambda result: (result.layer, result.check_id))
    return [{key: value for key, value in result.to_dict().items() if key != "seconds"} for result in ordered]


def results_digest(results: Sequence[CheckResult]) -> str:
    """SHA-256 over the results without their durations."""
    text = json.dumps(without_times(results), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def merge_years(results: Mapping[int, CheckResult]) -> CheckResult:
    """The results of one check for several survey years as one: its worst year, and what is wrong names its year."""
    if len(results) == 1:
        return next(iter(results.values()))
    status = next(status for status in _FROM_WORST if any(r.status == status for r in results.values()))
    of_status = {year: result for year, result in results.items() if result.status == status}
    last = of_status[max(of_status)]
    groups = [{"survey_year": year, **group} for year, result in of_status.items() for group in result.groups]
    is_wrong = status in ("error", "fail")
    return replace(
        last,
        observed=_by_year({year: r.observed for year, r in of_status.items()}) if is_wrong else last.observed,
        message=_by_year({year: r.message for year, r in of_status.items()}) if is_wrong else last.message,
        n_affected=_total([result.n_affected for result in of_status.values()]),
        denominator=_total([result.denominator for result in of_status.values()]),
        groups=tuple(groups),
        n_groups=sum(result.n_groups for result in of_status.values()),
        survey_years=tuple(sorted(year for year, result in results.items() if result.has_failed)),
        seconds=round(sum(result.seconds for result in results.values()), 4),
    )


def _by_year(texts: Mapping[int, str]) -> str:
    return "; ".join(f"{year}: {text}" for year, text in sorted(texts.items()) if text)


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
