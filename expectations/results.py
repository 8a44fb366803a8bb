"""The record of one check: what every engine puts out, the gate judges and the report prints.

Belongs here: the record, its vocabulary and its JSON form. Does not belong here: running a check (`runner`) or
judging one (`gate`). A record holds counts, denominators and keys of groups; never a value of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Severity = Literal["critical", "warning", "info"]
Status = Literal["pass", "fail", "error", "not_applicable"]
Layer = Literal["landing", "staging", "marts", "publication"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
STATUSES: tuple[Status, ...] = get_args(Status)
LAYERS: tuple[Layer, ...] = get_args(Layer)
ALL_TABLES = "all"


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one check of one load.

    `n_affected` counts what is wrong in the check's own unit (groups, cells or rows) and `denominator` what was
    looked at; both are null where the engine does not say. `groups` are the keys and measures of the worst groups,
    capped; `n_groups` is how many there were. `message` says why a check broke or does not apply. `survey_years`
    are the years whose return failed, where a load judged several; empty where it is the release as such.
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
        """True unless the check passed or does not apply: a status that nobody knows has not passed."""
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
    """Records in order of check id without durations: equal loads give equal lists."""
    ordered = sorted(results, key=lambda result: (result.layer, result.check_id))
    return [{key: value for key, value in result.to_dict().items() if key != "seconds"} for result in ordered]
