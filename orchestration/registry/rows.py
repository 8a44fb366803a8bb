"""A typed row of every seed. Fields are in the order of the file; their meaning is in `_seeds__registry.yml`.

Belongs here: the shape of a row. Does not belong here: how rows refer to one another (`validate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SurveyYear:
    """A survey year: published facts, settings and the policies of its release."""

    survey_year: int
    is_trend_comparable: bool
    n_respondents_published: int | None
    response_rate_published: float | None
    mean_rating_published: float | None
    useable_minimum_answers: int
    first_discharge_month: int
    last_discharge_month: int
    suppression_policy_id: str
    case_mix_policy_id: str
    display_policy_id: str
    required_signatures: tuple[str, ...]
    required_signatures_actual: tuple[str, ...]
    publication_not_before: datetime | None
    source: str
    note: str | None

    def signatures_for(self, data_origin: str) -> tuple[str, ...]:
        """Roles that must sign a release of that origin."""
        return self.required_signatures_actual if data_origin == "actual" else self.required_signatures


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a survey year; over time it is its concept."""

    survey_year: int
    question_id: str
    question_number: str
    concept_id: str
    question_text: str
    section: str
    question_kind: str
    is_reverse_scored: bool
    is_support_measure: bool
    first_comparable_year: int
    discontinuity_reason: str | None
    source: str

    @property
    def has_score(self) -> bool:
        """Whether results are given: a percentage or the rating."""
        return self.question_kind in ("scored", "rating")


@dataclass(frozen=True, slots=True)
class ResponseOption:
    """An option of a question in a survey year and its part in the score."""

    survey_year: int
    question_id: str
    option_code: int
    option_label: str
    role: str
    source: str


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Who gives one of the options was to skip the questions."""

    survey_year: int
    rule_id: str
    routing_question_id: str
    skip_option_codes: tuple[int, ...]
    skipped_question_ids: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a file of a survey year's return."""

    survey_year: int
    file_kind: str
    source_column: str
    target_column: str
    disposition: str
    is_required: bool
    missing_codes: tuple[str, ...]
    source: str

    @property
    def question_id(self) -> str:
        """Of an answer column, its question: `q62_1` answers `q62`."""
        return self.target_column.partition("_")[0]

    @property
    def option_code(self) -> int | None:
        """Of an answer column of a multiple question, the option that was ticked or not; None otherwise."""
        suffix = self.target_column.partition("_")[2]
        return int(suffix) if suffix.isdigit() else None


@dataclass(frozen=True, slots=True)
class SourceCode:
    """A code of a file and its meaning."""

    survey_year: int
    file_kind: str
    target_column: str
    source_code: str
    target_code: str
    source: str


@dataclass(frozen=True, slots=True)
class OutcomeCode:
    """An outcome code of the sample file."""

    survey_year: int
    outcome_code: int
    outcome: str
    is_mailed_eligible: bool
    source: str


@dataclass(frozen=True, slots=True)
class DemographicGroup:
    """A patient group of a kind; ages in years, both ends included."""

    group_kind: str
    group_code: str
    group_label: str
    display_order: int
    is_case_mix_reference: bool
    age_from: int | None
    age_to: int | None


@dataclass(frozen=True, slots=True)
class Icd10TumourGroup:
    """An ICD-10 category and its tumour group."""

    icd10_prefix: str
    tumour_group: str
    source: str


@dataclass(frozen=True, slots=True)
class OrganisationLevel:
    """A level at which results are given."""

    level: str
    level_label: str
    display_order: int
    belongs_by: str
    parent_level: str | None
    is_parent_required: bool
    national_code: str | None
    source: str


@dataclass(frozen=True, slots=True)
class HeadlineClaim:
    """A claim of a release's announcement: a number or a statement."""

    claim_id: str
    release_year: int
    claim_kind: str
    question_id: str
    base_year: int | None
    base_kind: str
    multiplier: str | None
    score_decimals: int
    published_value: float | None
    published_statement: str | None
    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class PublishedScore:
    """A published national figure: percent, or points of the rating."""

    survey_year: int
    question_id: str
    base_kind: str
    score: float
    decimals: int
    n_base: int | None
    is_calibration_target: bool
    source: str


@dataclass(frozen=True, slots=True)
class PublicationCell:
    """A table that is published, and the base it is counted on."""

    table_kind: str
    level: str
    group_kind: str
    base_kind: str


@dataclass(frozen=True, slots=True)
class SuppressionPolicy:
    """How small bases are hidden."""

    policy_id: str
    primary_threshold: int
    shows_base: bool
    secondary_rule: str
    secondary_group_kinds: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class CaseMixPolicy:
    """How scores are adjusted, ranged, compared over time and checked for reliability."""

    policy_id: str
    method: str
    covariates: tuple[str, ...]
    missing_covariate_rule: str
    over_dispersion: str
    winsorise_share: float
    z_unadjusted: float
    z_adjusted: float
    z_expected: float
    z_expected_outer: float
    all_positive_rule: str
    change_rule: str
    change_threshold: float
    reliability_minimum_organisations: int
    reliability_target: float
    source: str


@dataclass(frozen=True, slots=True)
class DisplayPolicy:
    """How printed figures of a kind of table are rounded."""

    policy_id: str
    table_kind: str
    score_rounding: str
    score_decimals: int
    limit_decimals: int
    limit_pre_round_decimals: int | None
    source: str


@dataclass(frozen=True, slots=True)
class OrganisationMerger:
    """An organisation whose code is no longer used from a survey year on, and the one that took it over."""

    survey_year: int
    level: str
    old_code: str
    new_code: str
    change_kind: str
    source: str


@dataclass(frozen=True, slots=True)
class StatusCode:
    """A status that a published row can have."""

    status: str
    status_label: str
    description: str
    display_order: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """A check that may fail in a survey year, for a reason and a time."""

    check_id: str
    survey_year: int
    reason: str
    owner: str
    raised_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction to values of a return, for groups of rows and never for a person."""

    correction_id: str
    survey_year: int
    file_kind: str
    source_column: str
    match_column: str
    match_value: str
    expected_value: str
    corrected_value: str
    reason: str
    owner: str
    raised_on: date
    expires_on: date
