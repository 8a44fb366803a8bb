"""What is landed of a return: typed tables of a fixed schema, written in one step, without any identifier.

The same year always lands with the same schema, so that a question nobody answered is a typed column of nulls; the same
content gives the same bytes. A keyed hash replaces the record number; its key is stored outside the lake.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.files.returns import SurveyReturn
from orchestration.intake.files.source import Labels, absent
from orchestration.intake.landing.receipt import AppliedCorrection, Receipt
from orchestration.intake.landing.respondent_key import hash_record_numbers
from orchestration.intake.mapping.codes import NO_ANSWER
from orchestration.intake.rows.organisations import Organisations
from orchestration.intake.rows.outcomes import ACCEPTED, FileRows
from orchestration.intake.rows.responses import ResponseRows, UseableResponses
from orchestration.intake.rows.sample import COVARIATES, PLACES, People
from orchestration.intake.rules import YearRules
from orchestration.lake import RECEIPT_FILE, landing_folder
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, RESTRICTED_FOLDER, sync, sync_tree

# A landing is renamed so while another takes its place.
REPLACED = ".replaced-"
LANDED_FILES = ("sample.parquet", "responses.parquet", "organisations.parquet")

_YEAR = pa.field("survey_year", pa.int16(), nullable=False)
_KEY = pa.field("respondent_key", pa.string(), nullable=False)
_ORIGIN = pa.field("data_origin", pa.string(), nullable=False)
_PERSON = (
    pa.field("trust_code", pa.string(), nullable=False),
    pa.field("ccg_code", pa.string()),
    pa.field("alliance_code", pa.string()),
    *(pa.field(name, pa.string()) for name in COVARIATES),
)
_SAMPLE = pa.schema(
    [
        *(_YEAR, _KEY),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("is_eligible", pa.bool_(), nullable=False),
        pa.field("has_responded", pa.bool_(), nullable=False),
        *(*_PERSON, _ORIGIN),
    ]
)
_ORGANISATIONS = pa.schema(
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


@dataclass
class ReadReturn:
    """A return as read, before anything is written: what is landed, and what the receipt counts."""

    survey_return: SurveyReturn
    rules: YearRules
    organisations: Organisations
    people: People
    responses: ResponseRows
    useable: UseableResponses
    corrections: list[AppliedCorrection] = field(default_factory=list)
    files: list[FileRows] = field(default_factory=list)

    @property
    def rows_of_respondents(self) -> np.ndarray:
        """Row among the sampled people of every landed respondent, in file order."""
        return np.asarray(self.responses.sample_row[self.useable.rows])


def write_landing(settings: Settings, receipt: Receipt, read: ReadReturn, key: bytes) -> None:
    """Write tables and receipt, then move them into place at once; an older landing of the same bytes is replaced."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="landing-", dir=settings.scratch))
    try:
        for name, table in zip(LANDED_FILES, _tables(read, key), strict=True):
            # Plain settings, one thread's order and no time stamp: the same table is the same bytes.
            # Keys are all different: a dictionary of them would only cost time.
            dictionaries = [column for column in table.column_names if column != _KEY.name]
            pq.write_table(table, scratch / name, compression="zstd", version="2.6", use_dictionary=dictionaries)
        receipt.write(scratch / RECEIPT_FILE)
        _replace_folder(scratch, landing_folder(settings, receipt.survey_year, receipt.delivery))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def restore_landings(settings: Settings) -> None:
    """Put back the landings of any year that were taken away and not replaced. The caller holds the writer lock."""
    for old in settings.landing.glob(f"survey_year=*/{REPLACED}delivery=*"):
        target = old.with_name(old.name.removeprefix(REPLACED))
        if target.exists():
            shutil.rmtree(old)
        else:
            old.replace(target)


def _replace_folder(new: Path, target: Path) -> None:
    """Move a finished folder into place, once it is on the disk itself; the folder it replaces is removed afterwards.

    Between the two moves nothing is in the place. A process that dies there leaves the old folder beside it, and
    `restore_landings` puts it back.
    """
    old = target.with_name(REPLACED + target.name)
    for path in new.iterdir():
        path.chmod(RESTRICTED_FILE)
    new.chmod(RESTRICTED_FOLDER)
    sync_tree(new)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.replace(old)
    new.replace(target)
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _tables(read: ReadReturn, key: bytes) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Sample, responses and organisations: accepted people, and the useable respondents among them."""
    people, year = read.people, read.rules.survey_year
    respondents, kept = read.rows_of_respondents, np.flatnonzero(people.row_outcome == ACCEPTED)
    keys = np.full(len(people.row_outcome), None, dtype=object)
    keys[kept] = hash_record_numbers(key, year, people.record_numbers.take(kept).to_pylist())
    has_responded = np.zeros(len(keys), bool)
    has_responded[respondents] = True
    sample = {
        "outcome": people.labels["outcome"][kept],
        "is_eligible": people.is_eligible[kept],
        "has_responded": has_responded[kept],
        **_person(people.labels, keys, kept),
    }
    persons = _person(people.labels, keys, respondents)
    is_complete = ~np.any([absent(persons[name]) for name in COVARIATES], axis=0)
    responses = {**persons, "is_case_mix_complete": is_complete, **_answers(read)}
    answers = [pa.field(name, pa.int16()) for name in read.rules.answer_columns]
    complete = pa.field("is_case_mix_complete", pa.bool_(), nullable=False)
    return (
        _table(read, _SAMPLE, sample, len(kept)),
        _table(read, pa.schema([_YEAR, _KEY, *_PERSON, complete, _ORIGIN, *answers]), responses, len(respondents)),
        _table(read, _ORGANISATIONS, read.organisations.columns, len(read.organisations.columns["level"])),
    )


def _person(labels: Mapping[str, Labels], keys: np.ndarray, rows: np.ndarray) -> dict[str, Labels]:
    return {"respondent_key": keys[rows], **{name: labels[name][rows] for name in (*PLACES, *COVARIATES)}}


def _answers(read: ReadReturn) -> dict[str, pa.Array]:
    """Option codes of the landed respondents; an answer column that was not delivered is there, as nulls."""
    missing = pa.nulls(len(read.useable.rows), pa.int16())
    answers = read.useable.edits.answers
    return {
        name: pa.array(answers[name].codes, mask=answers[name].codes == NO_ANSWER) if name in answers else missing
        for name in read.rules.answer_columns
    }


def _table(read: ReadReturn, schema: pa.Schema, columns: Mapping[str, object], n_rows: int) -> pa.Table:
    constants = {
        "survey_year": np.full(n_rows, read.rules.survey_year, np.int16),
        "data_origin": [read.survey_return.data_origin] * n_rows,
    }
    arrays = [pa.array({**columns, **constants}[name], schema.field(name).type) for name in schema.names]
    return pa.table(arrays, schema=schema)
