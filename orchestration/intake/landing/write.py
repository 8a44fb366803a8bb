"""Writing a delivery into the lake: a scratch folder first, then one rename. The same content gives the same bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.landing.receipt import Receipt
from orchestration.intake.landing.schema import COVARIATES, ORGANISATIONS, PLACES, SAMPLE, responses_schema
from orchestration.intake.mapping.codes import NO_ANSWER
from orchestration.intake.rows.answers import UseableResponses
from orchestration.intake.rows.organisations import Organisations
from orchestration.intake.rules import YearRules
from orchestration.lake import landing_folder
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, RESTRICTED_FOLDER, sync, sync_tree

# Where a landing stands while another takes its place.
REPLACED = ".replaced-"
PERSON = (*PLACES, *COVARIATES)


def sample_table(
    rules: YearRules,
    data_origin: str,
    respondent_keys: list[str],
    labels: Mapping[str, np.ndarray],
    is_eligible: np.ndarray,
    has_responded: np.ndarray,
) -> pa.Table:
    """The landed sample; all arrays have a row a sampled person."""
    n_rows = len(respondent_keys)
    columns: dict[str, pa.Array] = {
        **_constants(rules, data_origin, n_rows),
        "respondent_key": pa.array(respondent_keys, pa.string()),
        "outcome": pa.array(labels["outcome"], pa.string()),
        "is_eligible": pa.array(is_eligible),
        "has_responded": pa.array(has_responded),
        **{name: pa.array(labels[name], pa.string()) for name in PERSON},
    }
    return pa.table([columns[name] for name in SAMPLE.names], schema=SAMPLE)


def responses_table(
    rules: YearRules,
    data_origin: str,
    respondent_keys: list[str],
    labels: Mapping[str, np.ndarray],
    is_complete: np.ndarray,
    useable: UseableResponses,
) -> pa.Table:
    """The landed responses; an answer column that was not delivered is there, as nulls."""
    n_rows = len(respondent_keys)
    schema = responses_schema(rules.answer_columns)
    columns: dict[str, pa.Array] = {
        **_constants(rules, data_origin, n_rows),
        "respondent_key": pa.array(respondent_keys, pa.string()),
        **{name: pa.array(labels[name], pa.string()) for name in PERSON},
        "is_case_mix_complete": pa.array(is_complete),
    }
    for name in rules.answer_columns:
        answer = useable.edits.answers.get(name)
        if answer is None:
            columns[name] = pa.nulls(n_rows, pa.int16())
        else:
            columns[name] = pa.array(answer.codes, mask=answer.codes == NO_ANSWER)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _constants(rules: YearRules, data_origin: str, n_rows: int) -> dict[str, pa.Array]:
    year = np.full(n_rows, rules.survey_year, np.int16)
    return {"survey_year": pa.array(year), "data_origin": pa.array([data_origin] * n_rows, pa.string())}


def write_delivery(
    settings: Settings, receipt: Receipt, sample: pa.Table, responses: pa.Table, organisations: Organisations
) -> Path:
    """Write tables and receipt, then move them into place at once; an older landing of the same bytes is replaced."""
    target = landing_folder(settings, receipt.survey_year, receipt.delivery)
    target.parent.mkdir(parents=True, exist_ok=True)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="landing-", dir=settings.scratch))
    try:
        _write(sample, scratch / "sample.parquet")
        _write(responses, scratch / "responses.parquet")
        _write(organisations.table.cast(ORGANISATIONS), scratch / "organisations.parquet")
        receipt.write(scratch)
        replace_folder(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def replace_folder(new: Path, target: Path) -> None:
    """Move a finished folder into place, once it is on the disk itself; what stood there goes away after the move.

    Between the two moves nothing stands in the place. A process that dies there leaves the old folder beside it, and
    `restore_landings` puts it back.
    """
    old = target.with_name(REPLACED + target.name)
    for path in new.iterdir():
        path.chmod(RESTRICTED_FILE)
    new.chmod(RESTRICTED_FOLDER)
    sync_tree(new)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.replace(old)
    new.replace(target)
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def restore_landings(settings: Settings) -> None:
    """Put back the landings of any year that were taken away and not replaced. The caller holds the writer lock."""
    for old in settings.landing.glob(f"survey_year=*/{REPLACED}delivery=*"):
        target = old.with_name(old.name.removeprefix(REPLACED))
        if target.exists():
            shutil.rmtree(old)
        else:
            old.replace(target)


def _write(table: pa.Table, path: Path) -> None:
    # Plain settings, one thread's order and no time stamp: the same table is the same bytes.
    # Keys are all different: a dictionary of them would only cost time.
    dictionaries = [name for name in table.column_names if name != "respondent_key"]
    pq.write_table(table, path, compression="zstd", version="2.6", use_dictionary=dictionaries)
