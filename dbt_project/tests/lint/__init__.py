"""Stand-ins by which sqlfluff renders models without a warehouse: the macros that ask the registry, answered in small.

Belongs here: only what `dbt_project/macros` cannot be rendered for offline. Does not belong here: anything a load uses.
"""

from typing import Any

_QUESTIONS = [
    {"survey_year": 2018, "question_id": "q5", "question_kind": "scored", "is_support_measure": True},
    {"survey_year": 2018, "question_id": "q59", "question_kind": "rating", "is_support_measure": False},
]
_CODES = {"positive": [1], "negative": [2], "rating": [0, 10]}


def rebuild_years() -> list[int]:
    """One survey year."""
    return [2018]


def loaded_years() -> list[int]:
    """The same survey year."""
    return rebuild_years()


def questions_of(years: list[int], kinds: list[str]) -> list[dict[str, Any]]:
    """A scored question and the rating, of the kinds asked for."""
    return [question for question in _QUESTIONS if question["question_kind"] in kinds]


def question_columns(years: list[int], kinds: list[str]) -> list[str]:
    """Their columns."""
    return [question["question_id"] for question in questions_of(years, kinds)]


def support_questions_of(years: list[int]) -> list[dict[str, Any]]:
    """The scored question."""
    return [question for question in _QUESTIONS if question["is_support_measure"]]


def answer_columns() -> list[str]:
    """The columns of both."""
    return [question["question_id"] for question in _QUESTIONS]


def option_codes_by_role(years: list[int]) -> dict[tuple[int, str], dict[str, list[int]]]:
    """The same codes for both."""
    return {(2018, question["question_id"]): _CODES for question in _QUESTIONS}


def routing_skips(years: list[int]) -> dict[tuple[int, str], list[str]]:
    """One rule past the scored question."""
    return {(2018, "q5"): ["coalesce(responses.q4 in (2, 3), false)"]}


def counted_cells() -> list[dict[str, str]]:
    """Two of the published tables, one on each base."""
    return [
        {"level": "national", "group_kind": "all", "base_kind": "all_answers"},
        {"level": "trust", "group_kind": "sex", "base_kind": "case_mix_complete"},
    ]


def counted_response_cells() -> list[dict[str, str]]:
    """One of them for response rates."""
    return [{"level": "national", "group_kind": "all", "base_kind": "mailed_eligible"}]


def excluded_outcomes() -> dict[str, list[int]]:
    """Two outcomes, one of them of two years."""
    return {"deceased": [2017, 2018], "ineligible": [2018]}


def organisation_of(level: str) -> str:
    """As the macro of that name."""
    return "'ENG'" if level == "national" else f"{level}_code"


def group_of(group_kind: str) -> str:
    """As the macro of that name."""
    return "'all'" if group_kind == "all" else group_kind


def landed(kind: str) -> str:
    """A table instead of the landed files."""
    return f"landing_{kind}"
