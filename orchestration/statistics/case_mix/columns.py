"""The columns of the case-mix tables, each with its meaning and unit.

Shares are 0-1; of the rating, points 0-10. "Null" is NaN (None for text). The tables are built in this order.
"""

from __future__ import annotations

from typing import Final

SCORE_COLUMNS: Final[dict[str, str]] = {
    "survey_year": "survey year",
    "level": "trust, ccg or alliance",
    "organisation_code": "organisation, within its level and year",
    "question_id": "question, within its year",
    "question_kind": "scored or rating",
    "method": "form of adjusted_score: fe_margins, indirect_additive or indirect_ratio",
    "over_dispersion": "form of the unmarked expected range and band: published or corrected",
    "n_base": "answers in the case-mix-complete base",
    "n_positive": "positive answers; null for the rating",
    "rating_sum": "sum of ratings; null for scored questions",
    "observed_score": "unadjusted score on the complete base",
    "expected_score": "score expected of the organisation's patients by the pooled model",
    "adjusted_score": "case-mix adjusted score by `method`, unrounded",
    "ci_lower": "lower limit: Wilson on the base of a share, adjusted - z standard_error of the rating",
    "ci_upper": "upper limit, as ci_lower",
    "standard_error": "delta-method error of adjusted_score; null where its effect is infinite",
    "national_score": "p0, score of the nation on the complete base",
    "expected_lower": "lower 95% expected limit in the form that the policy uses",
    "expected_upper": "upper 95% expected limit in the form that the policy uses",
    "expected_lower_998": "lower 99.8% expected limit in the form that the policy uses",
    "expected_upper_998": "upper 99.8% expected limit in the form that the policy uses",
    "band": "above, within or below the expected range that the policy uses",
    "expected_lower_published": "lower 95% expected limit with tau2",
    "expected_upper_published": "upper 95% expected limit with tau2",
    "band_published": "band by the published form",
    "expected_lower_corrected": "lower 95% expected limit with tau2_corrected",
    "expected_upper_corrected": "upper 95% expected limit with tau2_corrected",
    "band_corrected": "band by the corrected form",
    "tau2": "over-dispersion, published form (squared units of the score)",
    "tau2_corrected": "over-dispersion, corrected for winsorising",
    "phi": "mean square of the winsorised z scores",
    "n_organisations": "k, organisations with answers, hidden ones included",
    "between_variance": "Paule-Mandel variance between organisations (squared units)",
    "reliability": "T / (T + v); null with fewer organisations than the policy asks",
    "shrunken_score": "m + reliability (adjusted_score - m); null as reliability",
    "adjusted_fe_margins": "the adjusted score by predictive margins",
    "adjusted_indirect_additive": "the adjusted score by p0 + (O - E) / n, clipped",
    "adjusted_indirect_ratio": "the adjusted score by p0 O / E, clipped",
    "overlap_share": "least share, over the covariates, of the nation's patients in groups that it has treated",
    "variance_ratio": "standard_error squared over that of an unadjusted share or mean: the price of extrapolation",
    "flags": "no_answers|not_estimable|all_positive|all_negative|clipped|poor_overlap|published_fault, those set",
}

COEFFICIENT_COLUMNS: Final[dict[str, str]] = {
    "survey_year": "survey year",
    "level": "trust, ccg or alliance",
    "question_id": "question, within its year",
    "model": "organisation_effects (of fe_margins) or pooled (of the indirect methods)",
    "covariate": "covariate, or (intercept) of the pooled model",
    "group_code": "level of the covariate",
    "coefficient": "log odds (rating: points) against the reference; +-inf where infinite",
    "standard_error": "standard error; null unless estimated",
    "estimate_status": "estimated, reference, infinite, aliased, no_answers or undefined",
}

DIAGNOSTIC_COLUMNS: Final[dict[str, str]] = {
    "survey_year": "survey year",
    "level": "trust, ccg or alliance",
    "question_id": "question, within its year",
    "method": "method of the adjusted score",
    "n_respondents": "answers of people with every covariate and an organisation of this level",
    "n_cells": "distinct organisation x covariate pattern cells",
    "n_parameters": "finite effects estimated, organisations included",
    "deviance": "-2 log likelihood of single answers (rating: residual sum of squares), organisation effects",
    "deviance_pooled": "the same of the pooled model",
    "residual_variance": "residual variance of the rating",
    "iterations": "Newton steps",
    "is_converged": "whether the fitted values settled",
    "n_all_positive": "organisations with positive answers only",
    "n_all_negative": "organisations without a positive answer",
    "infinite_levels": "covariate levels without a finite estimate, covariate=group joined by |",
    "aliased_levels": "covariate levels that others explain, as infinite_levels",
    "n_undefined": "people of the nation left out of the average because the model says nothing about them",
    "national_score": "p0",
    "n_organisations": "k",
    "winsorise_share": "share winsorised in each tail",
    "phi": "mean square of the winsorised z scores",
    "tau2": "published form",
    "tau2_corrected": "corrected form",
    "between_variance": "Paule-Mandel variance between organisations",
    "n_reliable": "scores with a reliability at the policy's target (0.7) or more",
    "share_reliable": "the same as a share of the organisations with a reliability",
    "n_above": "organisations above the expected range that the policy uses",
    "n_below": "organisations below it",
    "n_poor_overlap": "organisations extrapolated to more than half of the nation's patients",
    "max_form_difference": "largest difference between the three forms of the adjusted score",
}

TEXT_COLUMNS: Final = frozenset(
    {
        *("level", "organisation_code", "question_id", "question_kind", "method", "over_dispersion", "flags"),
        *("band", "band_published", "band_corrected", "infinite_levels", "aliased_levels"),
        *("model", "covariate", "group_code", "estimate_status"),
    }
)
