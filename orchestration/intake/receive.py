"""Receiving a year's return: from the files in `returns/<year>` to a landed delivery with its receipt, or a refusal.

Belongs here: the order of the steps. The steps themselves have their own modules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from orchestration.errors import ExitCode
from orchestration.intake.files.open import clear_leftovers, raw_workdir, read_file
from orchestration.intake.files.returns import KIND_COLUMNS, ReturnFile, SurveyReturn, find_return, refuse_if_changed
from orchestration.intake.files.source import AGAIN, HeaderHint
from orchestration.intake.landing.counts import make_receipt
from orchestration.intake.landing.receipt import Receipt, read_receipt
from orchestration.intake.landing.respondent_key import hash_record_numbers, key_identity, respondent_key
from orchestration.intake.landing.tables import (
    LANDED_FILES,
    ReadReturn,
    restore_landings,
    write_landing,
)
from orchestration.intake.mapping.columns import MappedFile, map_columns
from orchestration.intake.mapping.labels import Codebook, check_labels, read_codebook
from orchestration.intake.mapping.letters import note_damaged_letters
from orchestration.intake.mapping.stray_rows import find_stray_rows
from orchestration.intake.refusal import IntakeRefused, Problem, UnreadableFile
from orchestration.intake.review.report import write_report
from orchestration.intake.rows.corrections import HashNumbers, apply_corrections
from orchestration.intake.rows.organisations import NO_ORGANISATIONS, read_organisations
from orchestration.intake.rows.outcomes import FileRows, write_quarantine
from orchestration.intake.rows.responses import decode_all_answers, read_responses, take_useable
from orchestration.intake.rows.sample import SampleRows, gather_people, read_sample
from orchestration.intake.rules import YearRules
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from orchestration.settings import IntakeLimits, Settings

# Sub-packages that read landings or propose registry rows: what is landed does not depend on their code.
_AFTER_LANDING = ("proposal/", "review/")


def receive_return(settings: Settings, registry: Registry, survey_year: int) -> Receipt:
    """Land the return of a year; the same bytes under the same rules again change nothing.

    The landing is written under `settings.landing`, rows that were not accepted under `settings.quarantine`. The caller
    holds the writer lock. Which delivery is active is not decided here.

    Raises:
        IntakeRefused: the return cannot be taken; all problems in one message, `exit_code` by the kind of failure.
    """
    restore_landings(settings)
    clear_leftovers(settings)
    if survey_year not in registry.years:
        what = f"the registry has no survey year {survey_year}"
        step = f"run `ncpes intake` with the files of {survey_year}: it proposes the registry rows to add"
        raise IntakeRefused(survey_year, [Problem(ExitCode.UNKNOWN_YEAR, what, next_step=step)])
    rules, key = YearRules(registry, survey_year), respondent_key(settings)
    survey_return = find_return(settings, survey_year)
    folder = landing_folder(settings, survey_year, survey_return.delivery)
    receipt = read_receipt(folder) if all((folder / name).exists() for name in LANDED_FILES) else None
    if receipt is None or receipt.intake_fingerprint != intake_fingerprint(rules, key):
        receipt = _land(settings, rules, key, survey_return)
    write_report(settings, registry, receipt)
    return receipt


def is_landed_by_these_rules(settings: Settings, registry: Registry, survey_year: int, delivery: str) -> bool:
    """Whether a landing was made by today's code, registry rows and key: else landing it again may change it."""
    stored = read_receipt(landing_folder(settings, survey_year, delivery))
    key = respondent_key(settings)
    return stored is not None and stored.intake_fingerprint == intake_fingerprint(YearRules(registry, survey_year), key)


def intake_fingerprint(rules: YearRules, key: bytes) -> str:
    """Digest of all that a landing is made with except its files: registry rows, intake code, the hash key."""
    parts = (rules.digest, _code_digest(), key_identity(key))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code_digest() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(_AFTER_LANDING):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _land(settings: Settings, rules: YearRules, key: bytes, survey_return: SurveyReturn) -> Receipt:
    hash_numbers = partial(hash_record_numbers, key, rules.survey_year)
    with raw_workdir(settings) as workdir:
        read = read_return(survey_return, rules, settings.intake, workdir, hash_numbers)
        refuse_if_changed(survey_return)
        receipt = make_receipt(read, intake_fingerprint(rules, key), key_identity(key))
        write_quarantine(settings, rules.survey_year, survey_return.delivery, read.files)
        _refuse_if_no_response_is_left(receipt)
        write_landing(settings, receipt, read, key)
    return receipt


def read_return(
    survey_return: SurveyReturn, rules: YearRules, limits: IntakeLimits, workdir: Path, hash_numbers: HashNumbers
) -> ReadReturn:
    """Read, map, correct, decode and edit all files of a return; nothing is written.

    `workdir` is a folder of the raw area that stays until the return is landed; `hash_numbers` makes respondent keys.

    Raises:
        IntakeRefused: with the problems of all files.
    """
    problems: list[Problem] = []
    mapped = _map_files(survey_return, rules, limits, workdir, problems)
    if problems:
        # The files do not fit together as they are, but the codes in them can be checked: all problems at once.
        _check_codes(mapped, rules, problems)
        raise IntakeRefused(rules.survey_year, problems)
    corrections = rules.registry.corrections_of(rules.survey_year)
    mapped, applied = apply_corrections(mapped, corrections, hash_numbers, problems)
    organisation_rows = next(FileRows(file) for file in mapped if file.holds("organisations"))
    organisations = read_organisations(organisation_rows, rules, problems)
    samples = [read_sample(FileRows(file), rules, organisations, problems) for file in mapped if file.holds("sample")]
    people = gather_people(samples)
    responses = read_responses(_response_rows(mapped, samples, rules), rules, people, problems)
    if problems:
        raise IntakeRefused(rules.survey_year, problems)
    useable = take_useable(responses, rules)
    files = [organisation_rows, *(sample.rows for sample in samples), responses.rows]
    return ReadReturn(survey_return, rules, organisations, people, responses, useable, applied, files)


def _map_files(
    survey_return: SurveyReturn, rules: YearRules, limits: IntakeLimits, workdir: Path, problems: list[Problem]
) -> list[MappedFile]:
    """The data files that can be read, their columns mapped and their labels compared with the registry."""
    codebook, mapped = Codebook(), []
    for file in survey_return.files:
        try:
            if file.kind == "codebook":
                codebook = read_codebook(file.path, limits, workdir)
            else:
                mapped.append(_map_file(file, rules, limits, workdir, problems))
        except UnreadableFile as error:
            problems.append(error.problem(file.name))
    for found in mapped:
        check_labels(found, codebook, rules, problems)
    return mapped


def _map_file(
    file: ReturnFile, rules: YearRules, limits: IntakeLimits, workdir: Path, problems: list[Problem]
) -> MappedFile:
    hint = HeaderHint(rules.column_names(KIND_COLUMNS[file.kind]))
    source = read_file(file.path, limits, hint, workdir)
    if not source.n_rows:
        what = "no row fits the header" if source.unreadable else "a header without a row"
        count = len(source.unreadable)
        problems.append(Problem(ExitCode.UNREADABLE_FILE, what, file.name, count=count, next_step=AGAIN))
    mapped = map_columns(file, source, rules, problems)
    if stray := find_stray_rows(mapped):
        # What such rows hold is no code of anybody: nothing else can be said of the columns.
        problems.append(stray)
        return replace(mapped, registered={}, columns={})
    return note_damaged_letters(mapped, problems)


def _check_codes(mapped: Sequence[MappedFile], rules: YearRules, problems: list[Problem]) -> None:
    """Problems of codes in the columns that could be mapped."""
    for file in mapped:
        if file.registered and file.holds("sample"):
            read_sample(FileRows(file), rules, NO_ORGANISATIONS, problems)
        if file.registered and file.holds("responses"):
            decode_all_answers(file, rules, problems)


def _response_rows(mapped: Sequence[MappedFile], samples: Sequence[SampleRows], rules: YearRules) -> FileRows:
    """The rows of the response file; of a file that holds both sides, its accepted rows where somebody answered.

    In a joined file somebody answered where there is any answer, or where the outcome says so.
    """
    file = next(file for file in mapped if file.holds("responses"))
    if not file.holds("sample"):
        return FileRows(file)
    sample = next(sample for sample in samples if sample.rows.mapped is file)
    taken = sample.rows.outcomes.accepted
    if file.file.kind == "joined":
        has_answered = np.equal(sample.labels["outcome"], "returned")
        for target in rules.answer_columns:
            if target in file.columns:
                has_answered |= file.columns[target].is_valid().to_numpy(zero_copy_only=False)
        taken &= has_answered
    return FileRows(file.take(np.flatnonzero(taken)), side=":responses")


def _refuse_if_no_response_is_left(receipt: Receipt) -> None:
    """A return of which no response can be taken is another return than it says: there is nothing to check."""
    if receipt.n_respondents:
        return
    problems = [
        Problem(
            ExitCode.WRONG_STRUCTURE,
            f"no response can be accepted: {'; '.join(f'{reason} {n:,}' for reason, n in sorted(reasons.items()))}",
            file=file.name,
            count=sum(reasons.values()),
            next_step="check that the files are of this survey year; `ncpes quarantine list` shows the rows",
        )
        for file in receipt.files
        if (reasons := {**file.quarantine, **file.exclusions})
    ]
    step = "ask the supplier for the file"
    nothing = Problem(ExitCode.WRONG_STRUCTURE, "the return holds no response", next_step=step)
    raise IntakeRefused(receipt.survey_year, problems or [nothing])
