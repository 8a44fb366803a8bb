"""Receiving a year's return: from the files in `returns/<year>` to a landed delivery with its receipt, or a refusal.

Belongs here: the order of the steps and the balance of the rows. The steps themselves have their own modules.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import numpy as np

from orchestration.intake.files.returns import find_return, refuse_if_changed
from orchestration.intake.landing.receipt import Receipt, read_receipt
from orchestration.intake.landing.report import REPORT_FILE, render_report
from orchestration.intake.landing.summary import make_receipt
from orchestration.intake.landing.write import (
    responses_table,
    restore_landings,
    sample_table,
    write_delivery,
)
from orchestration.intake.mapping.keys import hash_record_numbers, key_identity, read_or_make_key
from orchestration.intake.reading import Intake, read_return
from orchestration.intake.refusal import IntakeRefused, Problem, RefusalKind
from orchestration.intake.rows.organisation_changes import compare_organisations, landed_organisations
from orchestration.intake.rows.outcomes import ACCEPTED
from orchestration.intake.rows.people import is_case_mix_complete
from orchestration.intake.rows.quarantine import write_quarantine
from orchestration.intake.rules import YearRules
from orchestration.lake import landed_years, landing_folder
from orchestration.registry import Registry
from orchestration.settings import Settings

# Modules that read or describe landings: what is landed does not depend on them.
_ONLY_ABOUT_LANDINGS = ("proposal/", "rows/organisation_changes.py", "rows/replay.py", "landing/report.py")
LANDED_FILES = ("sample.parquet", "responses.parquet", "organisations.parquet")


def receive_return(settings: Settings, registry: Registry, survey_year: int) -> Receipt:
    """Land the return of a year; the same bytes under the same rules again change nothing.

    The landing stands under `settings.landing`, rows that were not accepted under `settings.quarantine`. The caller
    holds the writer lock. Which delivery is active is not decided here.

    Raises:
        IntakeRefused: the return cannot be taken; all problems in one message, `exit_code` by the kind of failure.
    """
    restore_landings(settings)
    clear_leftovers(settings)
    rules = YearRules.from_seeds(survey_year, registry.seed_rows)
    if not rules.is_known:
        step = f"run `ncpes intake` with the files of {survey_year}: it proposes the registry rows to add"
        problem = Problem(RefusalKind.UNKNOWN_YEAR, f"the registry has no survey year {survey_year}", next_step=step)
        raise IntakeRefused(survey_year, [problem])
    survey_return = find_return(settings, survey_year)
    key = read_or_make_key(settings.respondent_key_file)
    fingerprint = intake_fingerprint(rules, key)
    folder = landing_folder(settings, survey_year, survey_return.delivery)
    stored = read_receipt(folder)
    if stored and stored.intake_fingerprint == fingerprint and all((folder / name).exists() for name in LANDED_FILES):
        _write_report(settings, registry, stored)
        return stored
    hash_numbers = partial(hash_record_numbers, key, survey_year)
    with raw_workdir(settings) as workdir:
        intake = read_return(survey_return, rules, settings.intake, workdir, hash_numbers)
        refuse_if_changed(survey_return)
        receipt = make_receipt(intake, fingerprint)
        write_quarantine(settings, survey_year, survey_return.delivery, intake.files)
        _refuse_if_nobody_is_left(receipt)
        _land(settings, intake, receipt, key)
    _write_report(settings, registry, receipt)
    return receipt


def _refuse_if_nobody_is_left(receipt: Receipt) -> None:
    """A return of which no response can be taken is another return than it says: there is nothing to judge."""
    if receipt.n_respondents:
        return
    problems = [
        Problem(
            RefusalKind.STRUCTURE,
            f"no response can be taken: {'; '.join(f'{reason} {n:,}' for reason, n in sorted(reasons.items()))}",
            file=file.name,
            count=sum(reasons.values()),
            next_step="look whether the files are of this survey year; `ncpes quarantine list` shows the rows",
        )
        for file in receipt.files
        if (reasons := {**file.quarantine, **file.exclusions})
    ]
    nothing = Problem(RefusalKind.STRUCTURE, "the return holds no response", next_step="ask the supplier for the file")
    raise IntakeRefused(receipt.survey_year, problems or [nothing])


def is_landed_by_these_rules(settings: Settings, registry: Registry, survey_year: int, delivery: str) -> bool:
    """Whether a landing was made by today's intake, registry rows and key: else landing it anew may change it."""
    rules = YearRules.from_seeds(survey_year, registry.seed_rows)
    stored = read_receipt(landing_folder(settings, survey_year, delivery))
    key = read_or_make_key(settings.respondent_key_file)
    return stored is not None and stored.intake_fingerprint == intake_fingerprint(rules, key)


def _write_report(settings: Settings, registry: Registry, receipt: Receipt) -> None:
    """The one-page report beside the landed tables, organisations compared with the latest earlier landed year.

    It is written anew for a stored landing too, where the year before or the accepted mergers have changed since.
    """
    earlier = [year for year in reversed(landed_years(settings)) if year < receipt.survey_year]
    landings = ((year, landed_organisations(settings, year)) for year in earlier)
    year_before, before = next((found for found in landings if found[1]), (receipt.survey_year, []))
    after = landed_organisations(settings, receipt.survey_year, receipt.delivery) if before else []
    accepted = registry.mergers_between(year_before, receipt.survey_year)
    changes = compare_organisations(before, after, accepted)
    path = landing_folder(settings, receipt.survey_year, receipt.delivery) / REPORT_FILE
    report = render_report(receipt, settings, changes)
    if not path.exists() or path.read_text(encoding="utf-8") != report:
        path.write_text(report, encoding="utf-8")


@contextmanager
def raw_workdir(settings: Settings) -> Iterator[Path]:
    """A folder for unpacked raw files: in the raw area, for the owner only, gone afterwards."""
    settings.quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=settings.quarantine) as folder:
        yield Path(folder)


def clear_leftovers(settings: Settings) -> None:
    """Remove raw rows that a killed intake left. The caller holds the writer lock: no other intake is running."""
    for pattern in (".unpacked-*", "survey_year=*/.writing-*"):
        for folder in settings.quarantine.glob(pattern):
            shutil.rmtree(folder)


def intake_fingerprint(rules: YearRules, key: bytes) -> str:
    """What a landing depends on besides its bytes: the registry rows of the year, the intake code, the hash key."""
    parts = (rules.digest, _code_digest(), key_identity(key))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code_digest() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(_ONLY_ABOUT_LANDINGS):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _land(settings: Settings, intake: Intake, receipt: Receipt, key: bytes) -> None:
    """Write the landing tables of an intake: accepted people, and the useable respondents among them."""
    people, rules = intake.people, intake.rules
    respondents = intake.rows_of_respondents
    has_responded = np.zeros(len(people.fate), bool)
    has_responded[respondents] = True
    kept = np.flatnonzero(people.fate == ACCEPTED)
    keys = np.full(len(people.fate), "", dtype=object)
    keys[kept] = hash_record_numbers(key, rules.survey_year, people.record_numbers.take(kept).to_pylist())
    labels = {name: values[kept] for name, values in people.labels.items()}
    origin = intake.survey_return.data_origin
    sample = sample_table(rules, origin, list(keys[kept]), labels, people.is_eligible[kept], has_responded[kept])
    labels = {name: values[respondents] for name, values in people.labels.items()}
    complete = is_case_mix_complete(labels)
    responses = responses_table(rules, origin, list(keys[respondents]), labels, complete, intake.useable)
    write_delivery(settings, receipt, sample, responses, intake.organisations)
