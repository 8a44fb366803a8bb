"""Headline claims of a release, each by its published method and by every other, from the release's own cells.

A claim is a row of the registry (`headline_claims`): what is measured (claim_kind), on which base (base_kind), against
which year (base_year), times what (multiplier), rounded how (score_decimals), said how (sentence). `methods` does the
arithmetic.

Belongs here: sentences, printed parts, whether a claim holds, the table. Does not belong here: the gate's verdict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestration.statistics.claims.inputs import ClaimScores
from orchestration.statistics.claims.methods import METHODS_OF_KIND, ClaimLine, round_printed
from orchestration.statistics.tables import require_columns

if TYPE_CHECKING:
    import pandas as pd

CLAIM_COLUMNS = [
    "release_year",
    "claim_id",
    "claim_kind",
    "question_id",
    "base_year",
    "base_kind",
    "method",
    "is_published_method",
    "value",
    "value_printed",
    "published_value",
    "ci_lower",
    "ci_upper",
    "growth_part",
    "improvement_part",
    "growth_part_other_order",
    "improvement_part_other_order",
    "growth_part_printed",
    "improvement_part_printed",
    "parts_add_up",
    "verdict",
    "holds",
    "sentence",
    "inputs",
    "status",
    "reason",
]
CLAIM_KINDS = tuple(METHODS_OF_KIND)
# The one row of a claim that cannot be computed has the name that its computed row would have.
PUBLISHED_METHODS = {
    "more_patients": "rounded_scores_x_respondents",
    "mean_rating": "rounded_mean",
    "record_high": "printed_comparison",
}


# What a sentence says of each verdict; joint is a record too, and must say so.
_RECORD_WORDS = {"higher": "a record high", "joint": "a joint record high", "lower": "not a record high"}


def _holds(line: ClaimLine, published_value: float | None, decimals: int) -> bool | None:
    """Whether the claim follows from the tables: the printed value is the published one; a record is not `lower`."""
    if line.verdict is not None:
        return line.verdict != "lower"
    if published_value is None or line.value_printed is None:
        return None
    return bool(abs(line.value_printed - published_value) < 0.5 * 10.0**-decimals)


def _render(claim: Mapping[str, Any], line: ClaimLine) -> str:
    """The sentence with its numbers: {value}, {base_year}, {release_year}, {growth_part}, {improvement_part}.

    Parts are printed so that they add up: the second is the printed total less the printed first.
    """
    if line.verdict is not None:
        value = _RECORD_WORDS[line.verdict]
    elif line.value_printed is None:
        return ""
    else:
        value = f"{line.value_printed:,.{_value_decimals(claim)}f}"
    growth, improvement = _printed_parts(line)
    words = {
        "value": value,
        "base_year": "" if claim["base_year"] is None else int(claim["base_year"]),
        "release_year": claim["release_year"],
        "growth_part": "" if growth is None else f"{growth:,.0f}",
        "improvement_part": "" if improvement is None else f"{improvement:,.0f}",
    }
    try:
        return str(claim["sentence"]).format(**words)
    except (KeyError, IndexError) as error:
        raise ValueError(
            f"Claim {claim['claim_id']}: the sentence asks for {error}, which no claim has; use {', '.join(words)}."
        ) from error


def _value_decimals(claim: Mapping[str, Any]) -> int:
    """Decimals of a printed value: people are whole, a rating has those of its score."""
    return 0 if claim["claim_kind"] == "more_patients" else int(claim["score_decimals"])


def _printed_parts(line: ClaimLine) -> tuple[float | None, float | None]:
    """Growth rounded, and improvement as the rounded total less it, so that parts add up in print."""
    if line.parts is None or line.value_printed is None:
        return None, None
    growth = round_printed(line.parts[0], 0)
    return growth, line.value_printed - growth


def _published_parts_add_up(claim: Mapping[str, Any], published: float | None) -> bool:
    """Whether parts that the announcement prints itself, where it does, add up to its total."""
    parts = [claim.get(name) for name in ("published_growth_part", "published_improvement_part")]
    if published is None or parts[0] is None or parts[1] is None:
        return True
    return bool(abs(float(parts[0]) + float(parts[1]) - published) < 0.5)


def _tabulate(claim: Mapping[str, Any], line: ClaimLine) -> dict[str, Any]:
    """One row of the table."""
    growth, improvement = _printed_parts(line)
    published = claim["published_value"]
    published = None if published is None or np.isnan(published) else float(published)
    lower, upper = line.limits or (None, None)
    parts, other = line.parts or (None, None), line.other_order or (None, None)
    adds_up = None
    if line.parts is not None and line.value is not None and growth is not None and improvement is not None:
        adds_up = abs(sum(line.parts) - line.value) < 1e-6 and growth + improvement == line.value_printed
        adds_up = adds_up and _published_parts_add_up(claim, published)
    return {
        "method": line.method,
        "is_published_method": line.is_published_method,
        "value": line.value,
        "value_printed": line.value_printed,
        "published_value": published,
        "ci_lower": lower,
        "ci_upper": upper,
        "growth_part": parts[0],
        "improvement_part": parts[1],
        "growth_part_other_order": other[0],
        "improvement_part_other_order": other[1],
        "growth_part_printed": growth,
        "improvement_part_printed": improvement,
        "parts_add_up": adds_up,
        "verdict": line.verdict,
        "holds": _holds(line, published, _value_decimals(claim)),
        "sentence": _render(claim, line),
        "inputs": json.dumps(line.inputs, sort_keys=True),
        "status": "published",
        "reason": None,
    }


def headline_claims(
    cells: pd.DataFrame,
    claims: pd.DataFrame,
    survey_years: pd.DataFrame,
    questions: pd.DataFrame,
    release_year: int,
    *,
    comparability: pd.DataFrame | None = None,
    n_respondents: Mapping[int, int] | None = None,
) -> pd.DataFrame:
    """Headline claims of a release, a row a claim x method.

    `more_patients`, published method: score (printed decimals, complete base) x all respondents, of the release year
    less the base year; the others: unrounded scores, difference of positives on the base, point change x the release
    year's base, and the other base where it is counted. `mean_rating`: the mean as printed, and unrounded.
    `record_high`: against the best earlier comparable year, verdict higher, joint or lower, at the printed decimals and
    unrounded, with the limits of the difference.

    `cells`: int_question_cells (the nation's are used). `claims`: the registry table, optionally with
    published_growth_part and published_improvement_part, which parts_add_up then checks too. `survey_years` gives
    n_respondents_published, used for years that `n_respondents` (survey year -> respondents loaded) does not hold.
    `comparability` (see `year_on_year`) limits the earlier years of a record; without it, first_comparable_year of
    `questions` does. Returns CLAIM_COLUMNS: people for more_patients, points for ratings; `inputs` is JSON; status
    `not_loaded` with a reason and no numbers where a year that the claim needs is missing, `no_answers` where its base
    is 0. Raises ValueError for a missing column, an unknown claim_kind or multiplier, or a placeholder of the sentence.
    """
    import pandas as pd

    require_columns(claims, "headline_claims", ["claim_id", "release_year", "claim_kind", "question_id", "sentence"])
    scores = ClaimScores.read(cells, survey_years, questions, release_year, comparability, n_respondents or {})
    rows: list[dict[str, Any]] = []
    for record in claims[claims["release_year"] == release_year].to_dict("records"):
        claim = {str(name): None if value is None or value != value else value for name, value in record.items()}
        if claim["claim_kind"] not in CLAIM_KINDS:
            raise ValueError(
                f"Claim {claim['claim_id']}: claim_kind {claim['claim_kind']!r}; use {', '.join(CLAIM_KINDS)}."
            )
        key = {name: claim[name] for name in ("claim_id", "claim_kind", "question_id", "base_year", "base_kind")}
        problem = scores.find_problem(claim)
        if problem is not None:
            nothing = dict.fromkeys(CLAIM_COLUMNS)
            method = PUBLISHED_METHODS[claim["claim_kind"]]
            status = {"method": method, "is_published_method": True, "sentence": "", "inputs": "{}"}
            rows.append(nothing | key | status | {"status": problem[0], "reason": problem[1]})
            continue
        rows += [key | _tabulate(claim, line) for line in METHODS_OF_KIND[claim["claim_kind"]](claim, scores)]
    table = pd.DataFrame(rows, columns=CLAIM_COLUMNS).assign(release_year=release_year)
    measures = [name for name in CLAIM_COLUMNS if name.startswith(("value", "growth", "improve", "ci_", "published_v"))]
    return table.astype(dict.fromkeys([*measures, "base_year"], "float64"))
