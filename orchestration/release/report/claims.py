"""Headline claims in the words of the report: how each is calculated, and what it does not mean.

Belongs here: sentences about numbers that the claims table holds. Does not belong here: computing them (statistics).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.release.report.inputs import Claim

METHOD_WORDS = {
    "rounded_scores_x_respondents": "Printed scores times everyone who returned a form (published method)",
    "unrounded_scores_x_respondents": "Unrounded scores times everyone who returned a form",
    "difference_of_positives": "Difference of raw positive answers on the complete base",
    "point_change_x_base": "Change in points times the later complete base",
    "rounded_scores_x_respondents_all_answers": "Published method on all answers instead of the complete base",
    "rounded_mean": "Mean as printed",
    "unrounded_mean": "Mean, unrounded",
    "printed_comparison": "Lead over the best earlier year, as printed",
    "unrounded_comparison": "Lead over the best earlier year, unrounded",
}
_RECORD_WORDS = {
    "higher": "Higher than every earlier comparable year.",
    "joint": "Equal to the best earlier year at the printed decimals: a joint record.",
    "lower": "Lower than an earlier comparable year.",
}


def read_claims(rows: Sequence[Mapping[str, Any]]) -> tuple[Claim, ...]:
    """Claims of a release from the rows (a claim x method) of its claims table, in the order of the table."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(str(row["claim_id"]), []).append(row)
    return tuple(_claim(lines) for lines in by_id.values())


def _claim(lines: Sequence[Mapping[str, Any]]) -> Claim:
    row = next((line for line in lines if line["is_published_method"]), lines[0])
    inputs = json.loads(row["inputs"] or "{}")
    kind = str(row["claim_kind"])
    is_record = kind == "record_high"
    return Claim(
        claim_id=str(row["claim_id"]),
        sentence=str(row["sentence"] or str(row["claim_id"]).replace("_", " ")),
        status=str(row["status"]),
        value=row["value_printed"],
        published_value=row["published_value"],
        decimals=0 if kind == "more_patients" else 2 if is_record else 1,
        holds=row["holds"],
        verdict=_verdict(row, kind),
        reached_by=_reached_by(row, kind, inputs) if inputs else "",
        does_not_mean=_does_not_mean(row, kind) if inputs else "",
        parts=_parts(row),
        other_methods=tuple(
            (METHOD_WORDS.get(str(line["method"]), str(line["method"])), float(line["value"]))
            for line in lines
            if line is not row and line["value"] is not None
        ),
    )


def _verdict(row: Mapping[str, Any], kind: str) -> str:
    if row["status"] != "published":
        return str(row["reason"] or "")
    if kind == "record_high":
        return _RECORD_WORDS[str(row["verdict"])]
    if row["published_value"] is None:
        return "No published value to compare with."
    published = f"{row['published_value']:,.{0 if kind == 'more_patients' else 1}f}"
    return f"{'Equal to' if row['holds'] else 'Different from'} the published {published}."


def _reached_by(row: Mapping[str, Any], kind: str, inputs: Mapping[str, Any]) -> str:
    if kind == "more_patients":
        return (
            f"{inputs['score_to']:.1%} of {inputs['people_to']:,.0f} respondents in {row['release_year']} less "
            f"{inputs['score_from']:.1%} of {inputs['people_from']:,.0f} in {row['base_year']:.0f}. Scores have one "
            f"decimal and are based on {inputs['n_base_to']:,.0f} and {inputs['n_base_from']:,.0f} answers of "
            "respondents with complete case-mix data. "
            f"95% interval {row['ci_lower']:,.0f} to {row['ci_upper']:,.0f}."
        )
    if kind == "mean_rating":
        return (
            f"The sum of {inputs['n_base']:,.0f} ratings, {inputs['rating_sum']:,.0f}, divided by their number. "
            f"95% interval {row['ci_lower']:.3f} to {row['ci_upper']:.3f}."
        )
    years = ", ".join(str(year) for year in inputs["earlier_years"])
    return (
        f"{inputs['score']:.4f} against {inputs['best_earlier_score']:.4f} in {inputs['best_earlier_year']}, the best "
        f"of {years}. 95% interval of the difference {row['ci_lower']:+.3f} to {row['ci_upper']:+.3f}."
    )


def _does_not_mean(row: Mapping[str, Any], kind: str) -> str:
    if kind == "more_patients":
        growth = f"{row['growth_part_printed']:,.0f}"
        is_part = 0 <= row["growth_part_printed"] <= (row["value_printed"] or 0)
        share = "of it is due to" if is_part else "was due to"
        return (
            "It is not a count of patients: a percentage of those to whom the question applies is applied to everybody "
            f"who returned a form, and {growth} {share} growth of the survey."
        )
    if kind == "mean_rating":
        return "It is the mean of those who answered, not of all patients with cancer."
    if (row["ci_lower"] or 0) <= 0 <= (row["ci_upper"] or 0):
        return "The difference from the best earlier year is within what chance explains."
    return "It says nothing about years before the first comparable one."


def _parts(row: Mapping[str, Any]) -> tuple[tuple[str, float, float], ...]:
    orders = (
        ("Cross term to better scores (published order)", "growth_part", "improvement_part"),
        ("Cross term to growth", "growth_part_other_order", "improvement_part_other_order"),
    )
    return tuple(
        (words, float(row[growth]), float(row[better]))
        for words, growth, better in orders
        if row[growth] is not None and row[better] is not None
    )
