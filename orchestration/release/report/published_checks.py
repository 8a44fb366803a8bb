"""Check results in the form in which they are published: figures of few people are withheld.

Belongs here: what a published result may say of an organisation or a patient group, in one place. `checks.json`,
`decision.json` and the report page are made from this form; `report.json` and `checks.csv`, which stay with the
candidate, keep every figure for the reviewer. Does not belong here: hiding published cells (`disclosure`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from expectations.loader import MEASURE_COLUMNS
from expectations.results import CheckResult

# Keys of groups that name no organisation and no patient group. Any other key is taken to name somebody.
NAMES_NOBODY = frozenset(
    {
        "attribute", "base_kind", "change_kind", "claim_id", "concept_id", "file", "group_kind", "level", "method",
        "outcome", "part", "pub_table", "question_column", "question_id", "question_kind", "reference", "release_year",
        "rule_id", "source_column", "survey_year", "survey_year_from", "survey_year_to",
    }
)  # fmt: skip
NAMES_AN_ORGANISATION = frozenset({"alliance_code", "ccg_code", "merged_into", "organisation_code", "trust_code"})
WITHHELD = "withheld"
_NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")


def published_results(results: Sequence[CheckResult], threshold: int) -> tuple[CheckResult, ...]:
    """The results as they may go out, in their order; `threshold` is the largest base (persons) that is hidden."""
    return tuple(_published(result, threshold) for result in results)


def published_group(group: Mapping[str, Any], threshold: int) -> dict[str, Any]:
    """One group of a failed check, as it may go out.

    Of a group that names an organisation or a patient group, counts of 1 to `threshold` become that range, and shares
    and other values are withheld unless its denominator is above the threshold and none of its counts is in the range.
    Of a denominator in the range, and of a patient group of an organisation (any cell may be one that is hidden to
    protect another), only the denominator is told, as the base of a hidden cell is in the tables too: nobody of 14 is
    a score as well.
    """
    named = {key for key in group if key not in MEASURE_COLUMNS} - NAMES_NOBODY
    if not named:
        return dict(group)
    counts = [value for key, value in group.items() if key in MEASURE_COLUMNS and _is_count(value)]
    base = int(group["denominator"]) if _is_count(group.get("denominator")) else 0
    shows = base > threshold and not any(0 < count <= threshold for count in counts)
    is_small = 0 < base <= threshold
    is_crossed = bool(named & NAMES_AN_ORGANISATION) and bool(named - NAMES_AN_ORGANISATION)

    def told(key: str, value: Any) -> Any:
        if key not in MEASURE_COLUMNS or value is None:
            return value
        if (is_small or is_crossed) and key != "denominator":
            return WITHHELD
        if _is_count(value):
            return f"1-{threshold}" if 0 < value <= threshold else value
        return value if shows else WITHHELD

    return {key: told(key, value) for key, value in group.items()}


def _published(result: CheckResult, threshold: int) -> CheckResult:
    groups = tuple(published_group(group, threshold) for group in result.groups)
    if groups == result.groups:
        return replace(result, observed=_blunt(result.observed))
    # Totals less the groups that are shown would give those that are not.
    words = f"{result.n_groups} group{'' if result.n_groups == 1 else 's'}; figures of few people are {WITHHELD}"
    return replace(result, groups=groups, observed=words, n_affected=None)


def _blunt(observed: str) -> str:
    """The range over several groups to two digits, so that its ends cannot be led back to one of them."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.2g}", observed) if " groups" in observed else observed


def _is_count(value: Any) -> bool:
    """Whole numbers; a measure that is a share or a score is a float."""
    return isinstance(value, int) and not isinstance(value, bool)
