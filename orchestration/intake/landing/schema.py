"""Arrow schemas of the landing tables: the contract between intake and everything after it.

The same year always lands with the same schema, so that a question nobody answered is a typed column of nulls.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

COVARIATES = ("sex", "age_group", "ethnic_group", "imd_quintile", "tumour_group")
PLACES = ("trust_code", "ccg_code", "alliance_code")

_YEAR = pa.field("survey_year", pa.int16(), nullable=False)
_KEY = pa.field("respondent_key", pa.string(), nullable=False)
_ORIGIN = pa.field("data_origin", pa.string(), nullable=False)
_PERSON = (
    pa.field("trust_code", pa.string(), nullable=False),
    pa.field("ccg_code", pa.string()),
    pa.field("alliance_code", pa.string()),
    *(pa.field(name, pa.string()) for name in COVARIATES),
)

SAMPLE = pa.schema(
    [
        _YEAR,
        _KEY,
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("is_eligible", pa.bool_(), nullable=False),
        pa.field("has_responded", pa.bool_(), nullable=False),
        *_PERSON,
        _ORIGIN,
    ]
)

ORGANISATIONS = pa.schema(
    [
        _YEAR,
        pa.field("level", pa.string(), nullable=False),
        pa.field("organisation_code", pa.string(), nullable=False),
        pa.field("organisation_name", pa.string(), nullable=False),
        pa.field("parent_level", pa.string()),
        pa.field("parent_code", pa.string()),
        _ORIGIN,
    ]
)


def responses_schema(answer_columns: Iterable[str]) -> pa.Schema:
    """Schema of the landed responses of a year: the person, then a column an answer (int16 option codes)."""
    answers = [pa.field(name, pa.int16()) for name in answer_columns]
    complete = pa.field("is_case_mix_complete", pa.bool_(), nullable=False)
    return pa.schema([_YEAR, _KEY, *_PERSON, complete, _ORIGIN, *answers])
