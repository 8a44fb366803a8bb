"""The gate's decision on results, for tests that care about few of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from expectations.corrections import CorrectionOfRelease
from expectations.gate import CheckedRelease, Decision, decide
from expectations.results import CheckResult
from orchestration.registry.rows import Waiver

TABLES = ("pub_adjusted_scores", "pub_question_scores", "pub_trends", "pub_year_on_year")
CHECKED: dict[str, Any] = {
    "release_year": 2018,
    "data_origin": "synthetic",
    "content_digest": "d" * 64,
    "deliveries": {2018: "b" * 12},
    "returns": {},
    "suites_sha256": "",
    "checked_years": (2018,),
    "tables": TABLES,
}
WAIVER = Waiver("marts_rule", 2018, "a trust merged", "statistician", date(2019, 8, 1), date(2019, 12, 31))
CORRECTION = CorrectionOfRelease("c1", 2018, 12, date(2019, 12, 31), "codes of a trust were swapped", "data engineer")


def waiver_of(record: Mapping[str, Any]) -> Waiver:
    """A waiver from its record in a decision."""
    return Waiver(**dict(record) | {name: date.fromisoformat(record[name]) for name in ("raised_on", "expires_on")})


def decided(results: Sequence[CheckResult], **given: Any) -> Decision:
    """The decision on a release of 2018 as of September 2019; fields of `CheckedRelease` and of `decide` by name."""
    names = {field.name for field in fields(CheckedRelease)}
    checked = CheckedRelease(**CHECKED | {name: value for name, value in given.items() if name in names})
    rest = {"as_of": date(2019, 9, 1)} | {name: value for name, value in given.items() if name not in names}
    return decide(checked, results, **rest)
