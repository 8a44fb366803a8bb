"""Check results as they are stored: checks.json, which is published, and check_results.json for the reviewer.

Both hold the same results in order of layer and check. In the published form figures of few people are withheld; the
gate decides on that form, so that results, decision and report page agree. Does not belong here: hiding published cells
(`disclosure`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from expectations.loader import MEASURE_COLUMNS
from expectations.results import CheckResult, without_times
from orchestration.records import RecordError

CHECKS_FILE = "checks.json"
FULL_RESULTS_FILE = "check_results.json"
# Keys of groups that name no organisation and no patient group. Any other key is taken to name one.
_OTHER_KEYS = frozenset(
    {
        "attribute", "base_kind", "change_kind", "claim_id", "concept_id", "file", "group_kind", "level", "method",
        "outcome", "part", "pub_table", "question_column", "question_id", "question_kind", "reference", "release_year",
        "rule_id", "source_column", "survey_year", "survey_year_from", "survey_year_to",
    }
)  # fmt: skip
_ORGANISATION_KEYS = frozenset({"alliance_code", "ccg_code", "merged_into", "organisation_code", "trust_code"})
WITHHELD = "withheld"
_NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")


def write_results(folder: Path, results: Sequence[CheckResult], threshold: int) -> None:
    """Store the results of a load in both forms.

    Args:
        folder: the candidate.
        results: with every figure.
        threshold: the largest base (persons) whose figures are withheld.
    """
    for name, stored in ((FULL_RESULTS_FILE, results), (CHECKS_FILE, published_results(results, threshold))):
        text = json.dumps(without_times(stored), indent=1, ensure_ascii=False, default=str)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def read_results(folder: Path) -> list[CheckResult]:
    """The published results of a candidate or a release. Raises RecordError where they are missing or damaged."""
    return _read(folder / CHECKS_FILE)


def read_full_results(folder: Path) -> list[CheckResult]:
    """The results of a candidate with every figure; the published form where an older load stored no other.

    Raises RecordError where they are missing or damaged.
    """
    return _read(folder / (FULL_RESULTS_FILE if (folder / FULL_RESULTS_FILE).is_file() else CHECKS_FILE))


def published_results(results: Sequence[CheckResult], threshold: int) -> tuple[CheckResult, ...]:
    """The results as they may be published, in their order; `threshold` is the largest base (persons) hidden."""
    return tuple(_published(result, threshold) for result in results)


def published_group(group: Mapping[str, Any], threshold: int) -> dict[str, Any]:
    """One group of a failed check, as it may be published.

    Of a group that names an organisation or a patient group, counts of 1 to `threshold` become that range, and shares
    and other values are withheld unless its denominator is above the threshold and none of its counts is in the range.
    Only the denominator is given where it is in the range, because 0 of 14 is a score too, and for a patient group of
    an organisation, because any such cell may be hidden to protect another. The tables give the base of a hidden cell
    too.
    """
    named = {key for key in group if key not in MEASURE_COLUMNS} - _OTHER_KEYS
    if not named:
        return dict(group)
    counts = [value for key, value in group.items() if key in MEASURE_COLUMNS and _is_count(value)]
    base = int(group["denominator"]) if _is_count(group.get("denominator")) else 0
    shows_shares = base > threshold and not any(0 < count <= threshold for count in counts)
    is_small = 0 < base <= threshold
    is_crossed = bool(named & _ORGANISATION_KEYS) and bool(named - _ORGANISATION_KEYS)

    def shown(key: str, value: Any) -> Any:
        if key not in MEASURE_COLUMNS or value is None:
            return value
        if (is_small or is_crossed) and key != "denominator":
            return WITHHELD
        if _is_count(value):
            return f"1-{threshold}" if 0 < value <= threshold else value
        return value if shows_shares else WITHHELD

    return {key: shown(key, value) for key, value in group.items()}


def _published(result: CheckResult, threshold: int) -> CheckResult:
    groups = tuple(published_group(group, threshold) for group in result.groups)
    if groups == result.groups:
        return replace(result, observed=_rounded(result.observed))
    # A total less the groups that are shown would give those that are not.
    text = f"{result.n_groups} group{'' if result.n_groups == 1 else 's'}; figures of few people are {WITHHELD}"
    return replace(result, groups=groups, observed=text, n_affected=None)


def _rounded(observed: str) -> str:
    """A range over several groups to two digits, so that its ends do not give the exact figure of one group."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.2g}", observed) if " groups" in observed else observed


def _is_count(value: Any) -> bool:
    """Whether a measure is a count; shares and scores are floats."""
    return isinstance(value, int) and not isinstance(value, bool)


def _read(path: Path) -> list[CheckResult]:
    try:
        records = json.loads(path.read_bytes())
        if not isinstance(records, list):
            raise TypeError(f"it holds a {type(records).__name__}")
        return [CheckResult.from_dict(record) for record in records]
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is not a list of check results ({error}).") from error
