"""What the registry asks of a survey year's example return: questions, options, routing, files, published totals.

Belongs here: the only reading of the registry in this package. Does not belong here: random draws, arrays of persons.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.examples import assumptions as a
from orchestration.examples.errors import ExampleError
from orchestration.examples.people import YearSize
from orchestration.examples.references import References
from orchestration.registry import DisplayPolicy, Registry, SourceColumn

FILE_KINDS = ("sample", "responses", "organisations")


@dataclass(frozen=True)
class Question:
    """A question of the year, its option codes by role and its columns in the responses file."""

    question_id: str
    concept_id: str
    kind: str
    columns: tuple[str, ...]
    codes: dict[str, tuple[int, ...]]
    labels: dict[int, str]

    @property
    def all_codes(self) -> tuple[int, ...]:
        """Every option code, in the order of the questionnaire."""
        return tuple(self.labels)


@dataclass(frozen=True)
class Route:
    """Who gives one of these answers was to skip these questions."""

    routing_question_id: str
    skip_codes: tuple[int, ...]
    skipped_question_ids: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """A published score (percent, or points of the rating) and its base; None where no base is published."""

    score: float
    n_base: int | None


@dataclass(frozen=True)
class ReturnPlan:
    """All that decides a year's example return."""

    survey_year: int
    seed: int
    is_calibrated: bool
    size: YearSize
    size_ratio: float  # 1.0 = true size
    questions: tuple[Question, ...]
    routes: tuple[Route, ...]
    complete_targets: dict[str, Target]
    all_targets: dict[str, Target]
    references: References
    display: DisplayPolicy  # how scores on all answers are printed
    source_columns: dict[str, tuple[SourceColumn, ...]]  # by file kind
    source_codes: dict[tuple[str, str], tuple[str, ...]]  # (target column, target code) -> codes of the file
    icd10_prefixes: dict[str, tuple[str, ...]]  # by tumour group
    discharge_months: tuple[int, int]  # first and last, 1-12
    _by_id: dict[str, Question] = field(default_factory=dict)

    def question(self, question_id: str) -> Question:
        """The question of that id."""
        return self._by_id[question_id]

    def scored(self) -> Iterable[Question]:
        """Questions with a percentage."""
        return (question for question in self.questions if question.kind == "scored")

    def routes_from(self, question_id: str) -> tuple[Route, ...]:
        """Rules that this question decides."""
        return tuple(route for route in self.routes if route.routing_question_id == question_id)

    def scale(self, count: int | None) -> int | None:
        """A count of the true survey at the size asked for; None stays None."""
        return None if count is None else math.floor(count * self.size_ratio + 0.5)

    @property
    def uncalibrated_questions(self) -> tuple[str, ...]:
        """Scored questions and rating whose national score is not fixed to a published one."""
        return tuple(
            question.question_id
            for question in self.questions
            if question.kind in ("scored", "rating") and question.question_id not in self.complete_targets
        )


def plan_return(
    registry: Registry, survey_year: int, *, seed: int, calibrated: bool, respondents: int | None
) -> ReturnPlan:
    """The plan of a year; `respondents` None = as many as published.

    Raises ExampleError where the registry does not say how many respondents the year had, or has no score to begin.
    """
    year = registry.survey_year(survey_year)
    published = year.n_respondents_published
    if published is None:
        raise ExampleError(
            f"{survey_year}: survey_years.csv has no n_respondents_published; fill it in, as example returns are made"
            " of the published size"
        )
    references = References.of(registry)
    n_respondents = published if respondents is None else respondents
    targets = {kind: _targets(registry, survey_year, kind) for kind in ("case_mix_complete", "all_answers")}
    size = _size(registry, survey_year, n_respondents, n_respondents / published, targets)
    questions = tuple(_questions(registry, survey_year))
    nothing: dict[str, Target] = {}
    return ReturnPlan(
        survey_year=survey_year,
        seed=seed,
        is_calibrated=calibrated,
        size=size,
        size_ratio=n_respondents / published,
        questions=questions,
        routes=tuple(
            Route(rule.routing_question_id, rule.skip_option_codes, rule.skipped_question_ids)
            for rule in registry.routing_rules_of(survey_year)
        ),
        complete_targets=targets["case_mix_complete"] if calibrated else nothing,
        all_targets=targets["all_answers"] if calibrated else nothing,
        references=references,
        display=registry.display_policy_of(survey_year, "unadjusted"),
        source_columns={kind: registry.source_columns_of(survey_year, kind) for kind in FILE_KINDS},
        source_codes=_source_codes(registry, survey_year),
        icd10_prefixes=_icd10_prefixes(registry),
        discharge_months=(year.first_discharge_month, year.last_discharge_month),
        _by_id={question.question_id: question for question in questions},
    )


def _targets(registry: Registry, survey_year: int, base_kind: str) -> dict[str, Target]:
    scores = registry.published_scores_of(survey_year, base_kind)
    return {row.question_id: Target(row.score, row.n_base) for row in scores if row.is_calibration_target}


def _size(
    registry: Registry, survey_year: int, respondents: int, ratio: float, targets: dict[str, dict[str, Target]]
) -> YearSize:
    """Persons of the year. Where both bases are published their largest difference says how many lack a covariate."""
    incomplete = round(a.INCOMPLETE_SHARE * respondents)
    lost = [
        (every.n_base - complete.n_base, every.n_base)
        for question_id, every in targets["all_answers"].items()
        if (complete := targets["case_mix_complete"].get(question_id)) is not None
        and every.n_base is not None
        and complete.n_base is not None
    ]
    if lost:
        most, n_base = max(lost)
        incomplete = math.ceil(most * respondents / n_base)
    rate = registry.survey_year(survey_year).response_rate_published or a.RESPONSE_RATE
    return YearSize(respondents, incomplete, math.ceil(a.UNUSABLE_SHARE * respondents), rate)


def _questions(registry: Registry, survey_year: int) -> Iterable[Question]:
    """Questions in the order of the questionnaire that have a column of answers."""
    columns: dict[str, list[str]] = {}
    for column in registry.answer_columns_of(survey_year):
        columns.setdefault(column.question_id, []).append(column.source_column)
    for row in registry.questions_of(survey_year):
        if row.question_id not in columns:
            continue
        codes: dict[str, tuple[int, ...]] = {}
        options = registry.options(survey_year, row.question_id)
        for option in options:
            codes[option.role] = (*codes.get(option.role, ()), option.option_code)
        if "negative" in codes and "positive" in codes:
            # The mildest negative option, the one next to the positive ones, is the most frequent.
            nearest = codes["positive"]
            codes["negative"] = tuple(sorted(codes["negative"], key=lambda code: min(abs(code - p) for p in nearest)))
        yield Question(
            row.question_id,
            row.concept_id,
            row.question_kind,
            tuple(columns[row.question_id]),
            codes,
            {option.option_code: option.option_label for option in options},
        )


def _source_codes(registry: Registry, survey_year: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """Codes of the sample file for each meaning, the outcome codes among them."""
    codes: dict[tuple[str, str], tuple[str, ...]] = {}
    for column in registry.source_columns_of(survey_year, "sample"):
        found = registry.source_codes_of(survey_year, "sample", column.target_column)
        for source_code, target_code in found.items():
            key = (column.target_column, target_code)
            codes[key] = (*codes.get(key, ()), source_code)
    for outcome in registry.outcome_codes_of(survey_year):
        codes["outcome", outcome.outcome] = (str(outcome.outcome_code),)
    return codes


def _icd10_prefixes(registry: Registry) -> dict[str, tuple[str, ...]]:
    prefixes: dict[str, tuple[str, ...]] = {}
    for row in registry.icd10_tumour_groups:
        prefixes[row.tumour_group] = (*prefixes.get(row.tumour_group, ()), row.icd10_prefix)
    return prefixes
