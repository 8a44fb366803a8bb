"""Answers of every published table: whole counts that print as published, turned into option codes.

Belongs here: solving all trusts of a published file. Does not belong here: the search itself (counts.py, ratings.py)
and who gives the answers (respondents.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from orchestration.registry import Registry
from orchestration.rehearsal.counts import ReconstructionError, solve_table
from orchestration.rehearsal.printing import PrintedForm, printed_points
from orchestration.rehearsal.published import PublishedCell, PublishedResults, PublishedTable
from orchestration.rehearsal.ratings import rate_respondents
from orchestration.rehearsal.respondents import Codes, Questionnaire

# A few tables name the fault; a hundred hide it.
MOST_NAMED = 5
# Option codes of a trust, shape (base,), by tumour group and question.
TrustAnswers = dict[str, dict[str, Codes]]


def solve_trusts(
    results: PublishedResults, registry: Registry, questionnaire: Questionnaire
) -> dict[str, TrustAnswers]:
    """Answers of every trust, by its code, in the order of the file; scored questions first, the rating after them.

    Raises ReconstructionError naming the tables for which no whole numbers print as published.
    """
    form = PrintedForm.of_year(registry, results.survey_year)
    ratings = {row.question_id for row in registry.questions_of(results.survey_year) if row.question_kind == "rating"}
    tables = sorted(results.tables(), key=lambda table: table.question_id in ratings)
    trusts: dict[str, TrustAnswers] = {}
    unsolved: list[str] = []
    for table in tables:
        is_rating = table.question_id in ratings
        codes = rate_table(table, form) if is_rating else score_table(table, form, questionnaire)
        if codes is None:
            unsolved.append(f"{table.organisation_code} {table.question_id}")
            continue
        for group, group_codes in codes.items():
            trusts.setdefault(table.organisation_code, {}).setdefault(group, {})[table.question_id] = group_codes
    if unsolved:
        raise ReconstructionError(
            f"{results.survey_year}: no whole numbers print as published in {len(unsolved)} of {len(tables)} tables: "
            f"{', '.join(unsolved[:MOST_NAMED])}{' ...' if len(unsolved) > MOST_NAMED else ''}. "
            "Check these rows, and the display policy of the survey year."
        )
    return trusts


def score_table(table: PublishedTable, form: PrintedForm, questionnaire: Questionnaire) -> dict[str, Codes] | None:
    """Option codes of a scored question by tumour group; None where no whole numbers fit."""

    def admissible(total: PublishedCell, counts: Sequence[int]) -> Sequence[int]:
        if total.score is None or total.ci_lower is None or total.ci_upper is None or not counts:
            return counts
        lower, upper = form.percentage_limits(counts, total.n_base)
        fits = (lower == printed_points(total.ci_lower)) & (upper == printed_points(total.ci_upper))
        return [count for count, fit in zip(counts, fits, strict=True) if fit]

    solved = next(solve_table(table, form.percentages, admissible), None)
    if solved is None:
        return None
    return {
        group: questionnaire.score_codes(table.question_id, solved.count[group], n_base)
        for group, n_base in solved.n_base.items()
    }


def rate_table(table: PublishedTable, form: PrintedForm) -> dict[str, Codes] | None:
    """Ratings by tumour group; None where no whole sums fit.

    Limits of a mean rating depend on the spread of the ratings, which a search of single steps finds in every ordinary
    table. Where it does not, the means print as published, and the comparison lists the interval.
    """
    best: dict[str, list[int]] | None = None
    for solved in solve_table(table, form.means, lambda _, counts: counts):
        ratings, has_limits = rate_respondents(solved, table.total, form)
        if best is None or has_limits:
            best = ratings
        if has_limits:
            break
    return None if best is None else {group: np.asarray(values, dtype=np.int32) for group, values in best.items()}
