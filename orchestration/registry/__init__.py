"""The questionnaire registry: the dbt seeds as typed Python, read once a load and checked as a whole.

Belongs here: reading, checking and looking up registry rows. Does not belong here: facts of the survey (they are rows
of `dbt_project/seeds`), anything read from a return, and what follows from results.
"""

from __future__ import annotations

from orchestration.registry.comparability import Comparability
from orchestration.registry.errors import RegistryError, UnknownRow, UnknownSurveyYear
from orchestration.registry.lookup import Registry, load_registry, registry_of_seeds
from orchestration.registry.rows import (
    CaseMixPolicy,
    Correction,
    DemographicGroup,
    DisplayPolicy,
    HeadlineClaim,
    Icd10TumourGroup,
    OrganisationLevel,
    OutcomeCode,
    PublicationCell,
    PublishedScore,
    Question,
    ResponseOption,
    RoutingRule,
    SourceCode,
    SourceColumn,
    StatusCode,
    SuppressionPolicy,
    SurveyYear,
    Waiver,
)

__all__ = [
    "CaseMixPolicy",
    "Comparability",
    "Correction",
    "DemographicGroup",
    "DisplayPolicy",
    "HeadlineClaim",
    "Icd10TumourGroup",
    "OrganisationLevel",
    "OutcomeCode",
    "PublicationCell",
    "PublishedScore",
    "Question",
    "Registry",
    "RegistryError",
    "ResponseOption",
    "RoutingRule",
    "SourceCode",
    "SourceColumn",
    "StatusCode",
    "SuppressionPolicy",
    "SurveyYear",
    "UnknownRow",
    "UnknownSurveyYear",
    "Waiver",
    "load_registry",
    "registry_of_seeds",
]
