"""The national scores, respondents and comparable years that headline claims are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestration.statistics.intervals import standard_deviation
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ["n_base", "n_positive", "rating_sum", "rating_sum_squares"]


@dataclass(frozen=True)
class NationalScore:
    """A score of the nation on one base, unrounded: a share, or points of the rating."""

    n_base: int
    total: int
    score: float
    deviation: float
    is_rating: bool

    @property
    def standard_error(self) -> float:
        """Error of the score as if respondents were random; 0 where nothing varies."""
        return self.deviation / float(np.sqrt(self.n_base))

    @property
    def unit(self) -> int:
        """What a score is multiplied by for print: percent or points."""
        return 1 if self.is_rating else 100


def _national_score(row: Mapping[str, Any]) -> NationalScore:
    """Score of one cell with at least one answer."""
    n = int(row["n_base"])
    is_rating = bool(np.isnan(row["n_positive"]))
    total = int(row["rating_sum" if is_rating else "n_positive"])
    score = total / n
    if is_rating:
        spread = float(standard_deviation(n, total, float(row["rating_sum_squares"])))
        return NationalScore(n, total, score, 0.0 if np.isnan(spread) else spread, True)
    return NationalScore(n, total, score, float(np.sqrt(score * (1 - score))), False)


@dataclass(frozen=True)
class ClaimScores:
    """What a release knows about the nation."""

    release_year: int
    cells: Mapping[tuple[int, str, str], Mapping[str, Any]]
    """(survey year, concept, base kind) -> counts of the nation, all patients."""
    concepts: Mapping[str, str]
    """Question of the release year -> concept."""
    published_respondents: Mapping[int, int]
    loaded_respondents: Mapping[int, int]
    comparable: Mapping[tuple[int, str], bool]
    """(earlier registry year, concept) -> whether the release year may be compared with it."""

    @classmethod
    def read(
        cls,
        cells: pd.DataFrame,
        survey_years: pd.DataFrame,
        questions: pd.DataFrame,
        release_year: int,
        comparability: pd.DataFrame | None,
        n_respondents: Mapping[int, int],
    ) -> ClaimScores:
        """Pick the nation's cells out of int_question_cells; see `claims.headline_claims` for the arguments."""
        require_columns(cells, "int_question_cells", ["survey_year", "level", "group_kind", "base_kind", *_COUNTS])
        require_columns(questions, "questions", ["survey_year", "question_id", "concept_id", "first_comparable_year"])
        require_columns(survey_years, "survey_years", ["survey_year", "n_respondents_published"])
        nation = cells[(cells["level"] == "national") & (cells["group_kind"] == "all")]
        named = questions[["survey_year", "question_id", "concept_id"]]
        nation = nation.merge(named, on=["survey_year", "question_id"], how="inner")
        nation = nation.assign(**{name: numbers(nation, name) for name in _COUNTS})
        columns = ["survey_year", "concept_id", "base_kind", *_COUNTS]
        found = {
            (int(row["survey_year"]), str(row["concept_id"]), str(row["base_kind"])): row
            for row in nation[columns].to_dict("records")
        }
        own = questions[questions["survey_year"] == release_year]
        published = survey_years.dropna(subset=["n_respondents_published"])
        return cls(
            release_year=release_year,
            cells={key: {str(name): value for name, value in row.items()} for key, row in found.items()},
            concepts=dict(zip(own["question_id"].astype(str), own["concept_id"].astype(str), strict=True)),
            published_respondents={
                int(year): int(n)
                for year, n in zip(published["survey_year"], published["n_respondents_published"], strict=True)
            },
            loaded_respondents={int(year): int(n) for year, n in n_respondents.items()},
            comparable=_comparable_years(own, survey_years, release_year, comparability),
        )

    @property
    def respondents_source(self) -> str:
        """Where the release year's number of respondents comes from."""
        return "loaded" if self.release_year in self.loaded_respondents else "published"

    def _counts(self, year: int, claim: Mapping[str, Any], base_kind: str) -> Mapping[str, Any] | None:
        concept = self.concepts.get(str(claim["question_id"]))
        return None if concept is None else self.cells.get((year, concept, base_kind))

    def score(self, year: int, claim: Mapping[str, Any]) -> NationalScore:
        """The claim's score in a year on its base; the caller has asked `find_problem` or `earlier_years` before."""
        counts = self._counts(year, claim, str(claim["base_kind"]))
        if counts is None:
            raise ValueError(f"Claim {claim['claim_id']}: no national {claim['base_kind']} cell in {year}.")
        return _national_score(counts)

    def on_other_base(self, claim: Mapping[str, Any]) -> tuple[NationalScore, NationalScore] | None:
        """Scores of base year and release year on all answers, if the claim is on another base and they are there."""
        if claim["base_kind"] == "all_answers":
            return None
        counts = [self._counts(year, claim, "all_answers") for year in (int(claim["base_year"]), self.release_year)]
        if counts[0] is None or counts[1] is None or not (counts[0]["n_base"] and counts[1]["n_base"]):
            return None
        return _national_score(counts[0]), _national_score(counts[1])

    def respondents(self, year: int) -> float:
        """All respondents of a year: those loaded, else those published."""
        if year in self.loaded_respondents:
            return float(self.loaded_respondents[year])
        if year in self.published_respondents:
            return float(self.published_respondents[year])
        raise ValueError(
            f"Survey year {year} has no number of respondents: fill n_respondents_published in survey_years."
        )

    def _all_earlier(self, claim: Mapping[str, Any]) -> list[int]:
        concept = self.concepts.get(str(claim["question_id"]))
        return sorted(year for (year, name), allowed in self.comparable.items() if name == concept and allowed)

    def _has_answers(self, year: int, claim: Mapping[str, Any]) -> bool:
        counts = self._counts(year, claim, str(claim["base_kind"]))
        return counts is not None and counts["n_base"] > 0

    def earlier_years(self, claim: Mapping[str, Any]) -> list[int]:
        """Earlier comparable years with answers."""
        return [year for year in self._all_earlier(claim) if self._has_answers(year, claim)]

    def not_loaded(self, claim: Mapping[str, Any]) -> list[int]:
        """Earlier comparable years without a cell."""
        return [year for year in self._all_earlier(claim) if not self._has_answers(year, claim)]

    def find_problem(self, claim: Mapping[str, Any]) -> tuple[str, str] | None:
        """(status, reason) where the claim cannot be computed, else None.

        A record needs every earlier comparable year: a record among some of them is another claim.
        """
        if str(claim["question_id"]) not in self.concepts:
            return "not_asked", f"{claim['question_id']} is not a question of {self.release_year}"
        needed = [self.release_year]
        if claim["claim_kind"] == "more_patients":
            if claim["base_year"] is None:
                raise ValueError(f"Claim {claim['claim_id']}: more_patients needs a base_year.")
            needed.append(int(claim["base_year"]))
        if claim["claim_kind"] == "record_high":
            needed += self._all_earlier(claim)
            if len(needed) == 1:
                return "not_comparable", f"no year before {self.release_year} is comparable"
        missing = [year for year in needed if self._counts(year, claim, str(claim["base_kind"])) is None]
        if missing:
            return "not_loaded", f"{', '.join(map(str, sorted(missing)))} not loaded"
        empty = [year for year in needed if not self._has_answers(year, claim)]
        return ("no_answers", f"no {claim['base_kind']} answers in {', '.join(map(str, empty))}") if empty else None


def _comparable_years(
    own: pd.DataFrame, survey_years: pd.DataFrame, release_year: int, comparability: pd.DataFrame | None
) -> dict[tuple[int, str], bool]:
    """Which earlier registry years each concept of the release year may be compared with."""
    if comparability is not None:
        rows = comparability[comparability["survey_year_to"] == release_year]
        allowed = rows["status"].isin(["published", "not_loaded"])
        years, concepts = rows["survey_year_from"], rows["concept_id"]
        return {(int(y), str(c)): bool(ok) for y, c, ok in zip(years, concepts, allowed, strict=True)}
    usable = survey_years
    if "is_trend_comparable" in survey_years:
        usable = survey_years[survey_years["is_trend_comparable"].astype(bool)]
    return {
        (int(year), str(concept)): int(year) >= int(first)
        for concept, first in zip(own["concept_id"], own["first_comparable_year"], strict=True)
        for year in usable["survey_year"]
        if int(year) < release_year
    }
