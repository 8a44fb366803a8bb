"""What each seed is: its row, its key, the values its columns may take and the rows its columns refer to.

Belongs here: rules of a single seed or of one reference, as data. What needs code is in `validate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from orchestration.registry import rows

BASE_KINDS: Final = ("all_answers", "case_mix_complete")
FILE_KINDS: Final = ("sample", "responses", "organisations")
GROUP_KINDS: Final = ("all", "tumour_group", "sex", "age_group", "ethnic_group", "imd_quintile")
PERCENTAGE_TABLE_KINDS: Final = ("unadjusted", "year_on_year", "adjusted", "response_rate")
PROVENANCE: Final = ("quoted", "derived", "recalled")

Shaped = Literal["landing", "tables", "decision"]


@dataclass(frozen=True)
class Reference:
    """Values of `columns` must be in a row of another seed, there under `target_columns`."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Seed:
    """A seed: file name without .csv, type of a row, key columns, permitted values, references.

    `shapes` is the first thing of a survey year that depends on the rows: the landed return, the stored tables, or only
    the decision, which every load makes again.
    """

    name: str
    row_type: type
    key: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    shapes: Shaped = "landing"


def _same(column: str, target: str, target_column: str | None = None) -> Reference:
    return Reference((column,), target, (target_column or column,))


_YEAR: Final = _same("survey_year", "survey_years")
_QUESTION: Final = Reference(("survey_year", "question_id"), "questions", ("survey_year", "question_id"))
_SOURCE: Final = {"source": PROVENANCE}
_GROUP_KIND: Final = Reference(("group_kind",), "demographic_groups", ("group_kind",))

SEEDS: Final[tuple[Seed, ...]] = (
    Seed(
        "survey_years",
        rows.SurveyYear,
        ("survey_year",),
        references=(
            _same("suppression_policy_id", "suppression_policies", "policy_id"),
            _same("case_mix_policy_id", "case_mix_policies", "policy_id"),
            _same("display_policy_id", "display_policies", "policy_id"),
        ),
    ),
    Seed(
        "questions",
        rows.Question,
        ("survey_year", "question_id"),
        {"question_kind": ("scored", "rating", "routing", "patient_group", "multiple"), **_SOURCE},
        (_YEAR,),
    ),
    Seed(
        "response_options",
        rows.ResponseOption,
        ("survey_year", "question_id", "option_code"),
        {"role": ("positive", "negative", "excluded", "rating", "routing", "group"), **_SOURCE},
        (_QUESTION,),
    ),
    Seed(
        "routing_rules",
        rows.RoutingRule,
        ("survey_year", "rule_id"),
        _SOURCE,
        (
            _YEAR,
            Reference(("survey_year", "routing_question_id"), "questions", ("survey_year", "question_id")),
            Reference(("survey_year", "skipped_question_ids"), "questions", ("survey_year", "question_id")),
        ),
    ),
    Seed(
        "source_columns",
        rows.SourceColumn,
        ("survey_year", "file_kind", "source_column"),
        {
            "file_kind": FILE_KINDS,
            "disposition": ("key", "organisation", "covariate", "answer", "attribute", "identifier", "ignored"),
            **_SOURCE,
        },
        (_YEAR,),
    ),
    Seed(
        "source_codes",
        rows.SourceCode,
        ("survey_year", "file_kind", "target_column", "source_code"),
        {"file_kind": FILE_KINDS, **_SOURCE},
        (
            Reference(
                ("survey_year", "file_kind", "target_column"),
                "source_columns",
                ("survey_year", "file_kind", "target_column"),
            ),
        ),
    ),
    Seed(
        "outcome_codes",
        rows.OutcomeCode,
        ("survey_year", "outcome_code"),
        {
            "outcome": (
                "returned",
                "undelivered",
                "deceased",
                "opted_out",
                "ineligible",
                "not_known",
                "opted_out_before_mailing",
            ),
            **_SOURCE,
        },
        (_YEAR,),
    ),
    Seed("demographic_groups", rows.DemographicGroup, ("group_kind", "group_code"), {"group_kind": GROUP_KINDS}),
    Seed("icd10_tumour_groups", rows.Icd10TumourGroup, ("icd10_prefix",), _SOURCE),
    Seed(
        "organisation_levels",
        rows.OrganisationLevel,
        ("level",),
        {"belongs_by": ("everyone", "residence", "treatment"), **_SOURCE},
        (_same("parent_level", "organisation_levels", "level"),),
    ),
    Seed(
        "case_mix_policies",
        rows.CaseMixPolicy,
        ("policy_id",),
        {
            "method": ("fe_margins", "indirect_additive", "indirect_ratio"),
            "covariates": GROUP_KINDS[1:],
            "missing_covariate_rule": ("complete_cases", "unknown_category"),
            "over_dispersion": ("published", "corrected"),
            "all_positive_rule": ("exact", "first_code_fault"),
            "change_rule": ("benjamini_hochberg", "fixed_z"),
        },
        shapes="tables",
    ),
    Seed(
        "suppression_policies",
        rows.SuppressionPolicy,
        ("policy_id",),
        {"secondary_rule": ("one_small_group",), "secondary_group_kinds": GROUP_KINDS[1:]},
        shapes="tables",
    ),
    Seed(
        "display_policies",
        rows.DisplayPolicy,
        ("policy_id", "table_kind"),
        {"table_kind": (*PERCENTAGE_TABLE_KINDS, "rating"), "score_rounding": ("once", "twice")},
        shapes="tables",
    ),
    Seed(
        "publication_cells",
        rows.PublicationCell,
        ("table_kind", "level", "group_kind", "base_kind"),
        {
            "table_kind": ("unadjusted", "adjusted", "year_on_year", "trend", "response_rate"),
            "base_kind": (*BASE_KINDS, "mailed_eligible"),
        },
        (_same("level", "organisation_levels"), _GROUP_KIND),
        shapes="tables",
    ),
    Seed(
        "headline_claims",
        rows.HeadlineClaim,
        ("claim_id",),
        {
            "claim_kind": ("more_patients", "mean_rating", "record_high"),
            "base_kind": BASE_KINDS,
            "multiplier": ("all_respondents",),
        },
        (
            Reference(("release_year", "question_id"), "questions", ("survey_year", "question_id")),
            _same("base_year", "survey_years", "survey_year"),
        ),
        shapes="decision",
    ),
    Seed(
        "published_scores",
        rows.PublishedScore,
        ("survey_year", "question_id", "base_kind"),
        {"base_kind": BASE_KINDS},
        (_QUESTION,),
        shapes="decision",
    ),
    Seed(
        "organisation_mergers",
        rows.OrganisationMerger,
        ("survey_year", "level", "old_code"),
        {"change_kind": ("merger", "new_code")},
        (_YEAR, _same("level", "organisation_levels")),
        shapes="decision",
    ),
    Seed("status_codes", rows.StatusCode, ("status",), shapes="decision"),
    Seed("waivers", rows.Waiver, ("check_id", "survey_year"), references=(_YEAR,), shapes="decision"),
    Seed(
        "corrections",
        rows.Correction,
        ("correction_id",),
        {"file_kind": FILE_KINDS},
        (
            Reference(
                ("survey_year", "file_kind", "source_column"),
                "source_columns",
                ("survey_year", "file_kind", "source_column"),
            ),
            Reference(
                ("survey_year", "file_kind", "match_column"),
                "source_columns",
                ("survey_year", "file_kind", "source_column"),
            ),
        ),
    ),
)
