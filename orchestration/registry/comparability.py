"""Whether results of two survey years may be compared for a concept: a trend never crosses a discontinuity.

Belongs here: what the registry alone decides. Does not belong here: whether the years are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestration.registry.rows import Question, SurveyYear


@dataclass(frozen=True, slots=True)
class Comparability:
    """A status of `status_codes`: published (comparable), not_asked or not_comparable; the last two with the reason."""

    status: str
    reason: str | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether a difference of the two years may be given."""
        return self.status == "published"


def compare_years(
    first: SurveyYear, last: SurveyYear, concept_id: str, questions: Mapping[int, Iterable[Question]]
) -> Comparability:
    """Comparability of a concept between two years, `first` before `last`. `questions` holds those of each year.

    Every year from the first to the last that asked the concept must reach back to the first: a break in between is a
    break between them.
    """
    if first.survey_year >= last.survey_year:
        raise ValueError(
            f"A comparison goes forward in time; it was asked from {first.survey_year} to {last.survey_year}. "
            "Put the earlier survey year first."
        )
    for end in (first, last):
        if not end.is_trend_comparable:
            note = f": {end.note}" if end.note else ""
            return Comparability("not_comparable", f"{end.survey_year} is compared with no other year{note}")
    asked = {
        year: question
        for year, year_questions in questions.items()
        for question in year_questions
        if question.concept_id == concept_id and first.survey_year <= year <= last.survey_year
    }
    missing = [str(year) for year in (first.survey_year, last.survey_year) if year not in asked]
    if missing:
        return Comparability("not_asked", f"{concept_id} was not asked in {' or '.join(missing)}")
    for year in sorted(asked, reverse=True):
        if year > first.survey_year and asked[year].first_comparable_year > first.survey_year:
            return Comparability("not_comparable", asked[year].discontinuity_reason)
    return Comparability("published")
