"""Reading a return: all files opened, mapped, decoded and joined in memory, every problem collected on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from orchestration.intake.files.header import HeaderHint
from orchestration.intake.files.open import read_file
from orchestration.intake.files.returns import KIND_COLUMNS, ReturnFile, SurveyReturn
from orchestration.intake.landing.receipt import AppliedCorrection
from orchestration.intake.landing.schema import ORGANISATIONS
from orchestration.intake.mapping.codebook import Codebook, read_codebook
from orchestration.intake.mapping.columns import MappedFile, map_columns
from orchestration.intake.mapping.labels import check_labels
from orchestration.intake.refusal import IntakeRefused, Problem, RefusalKind, UnreadableFile
from orchestration.intake.rows.answers import (
    ResponseRows,
    UseableResponses,
    decode_all_answers,
    read_responses,
    take_useable,
)
from orchestration.intake.rows.corrections import HashNumbers, apply_corrections
from orchestration.intake.rows.organisations import Organisations, read_organisations
from orchestration.intake.rows.outcomes import RowFates
from orchestration.intake.rows.people import People, SampleRows, gather_people, read_sample
from orchestration.intake.rows.quarantine import FileRows
from orchestration.intake.rules import YearRules
from orchestration.settings import IntakeLimits


@dataclass
class Intake:
    """A return taken apart, before anything is written."""

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


def read_return(
    survey_return: SurveyReturn, rules: YearRules, limits: IntakeLimits, workdir: Path, hash_numbers: HashNumbers
) -> Intake:
    """Read, map, correct, decode and edit all files of a return; nothing is written.

    `workdir` is a folder of the raw area that stays until the intake is written; `hash_numbers` makes respondent keys.

    Raises:
        IntakeRefused: with the problems of all files.
    """
    problems: list[Problem] = []
    codebook = _read_codebook(survey_return, limits, workdir, problems)
    mapped = [
        file
        for file in (_map_file(file, rules, limits, workdir, problems) for file in survey_return.files)
        if file is not None
    ]
    for file in mapped:
        check_labels(file, codebook, rules, problems)
    if problems:
        # The files do not fit together as they are, but the codes in them can be judged: all problems at once.
        _check_codes(mapped, rules, problems)
        raise IntakeRefused(rules.survey_year, problems)
    mapped, corrections = apply_corrections(mapped, rules, hash_numbers, problems)
    files: list[FileRows] = []
    organisations = _read_organisations(survey_return, mapped, rules, files, problems)
    samples = [
        read_sample(file, rules, organisations, _fates(file, files), problems)
        for file in mapped
        if "sample" in KIND_COLUMNS[file.file.kind]
    ]
    people = gather_people(samples)
    responses = _read_responses(mapped, samples, people, rules, files, problems)
    if problems:
        raise IntakeRefused(rules.survey_year, problems)
    useable = take_useable(responses, rules)
    return Intake(survey_return, rules, organisations, people, responses, useable, corrections, files)


def _check_codes(mapped: Sequence[MappedFile], rules: YearRules, problems: list[Problem]) -> None:
    """Problems of codes in the columns that could be mapped."""
    nowhere = Organisations(ORGANISATIONS.empty_table(), {}, {})
    for file in mapped:
        if file.rules and "sample" in KIND_COLUMNS[file.file.kind]:
            read_sample(file, rules, nowhere, RowFates(file.n_rows), problems)
        if file.rules and "responses" in KIND_COLUMNS[file.file.kind]:
            decode_all_answers(file, rules, problems)


def _read_codebook(
    survey_return: SurveyReturn, limits: IntakeLimits, workdir: Path, problems: list[Problem]
) -> Codebook:
    for file in survey_return.of_kind("codebook"):
        try:
            return read_codebook(file.path, limits, workdir)
        except UnreadableFile as error:
            problems.append(error.problem(file.name))
    return Codebook()


def _map_file(
    file: ReturnFile, rules: YearRules, limits: IntakeLimits, workdir: Path, problems: list[Problem]
) -> MappedFile | None:
    kinds = KIND_COLUMNS[file.kind]
    if not kinds:
        return None
    try:
        source = read_file(file.path, limits, HeaderHint(rules.expected_names(kinds)), workdir)
    except UnreadableFile as error:
        problems.append(error.problem(file.name))
        return None
    if not source.n_rows:
        step = "ask the supplier to send the file again"
        what = "no row fits the header" if source.unreadable else "a header without a row"
        count = len(source.unreadable)
        problems.append(Problem(RefusalKind.UNREADABLE_FILE, what, file.name, count=count, next_step=step))
    return map_columns(file, source, rules, problems)


def _fates(mapped: MappedFile, files: list[FileRows]) -> RowFates:
    fates = RowFates(mapped.n_rows)
    files.append(FileRows(mapped, fates, mapped.file.kind))
    return fates


def _read_organisations(
    survey_return: SurveyReturn,
    mapped: Sequence[MappedFile],
    rules: YearRules,
    files: list[FileRows],
    problems: list[Problem],
) -> Organisations:
    file = next(file for file in mapped if file.file.kind == "organisations")
    return read_organisations(file, rules, survey_return.data_origin, _fates(file, files), problems)


def _read_responses(
    mapped: Sequence[MappedFile],
    samples: Sequence[SampleRows],
    people: People,
    rules: YearRules,
    files: list[FileRows],
    problems: list[Problem],
) -> ResponseRows:
    """Responses of their own file, or the response side of the file that holds both."""
    file = next(file for file in mapped if "responses" in KIND_COLUMNS[file.file.kind])
    if file.file.kind == "responses":
        return read_responses(file, rules, people, _fates(file, files), problems)
    sample = next(sample for sample in samples if sample.mapped is file)
    side = file.take(_rows_with_response(sample, rules))
    fates = RowFates(side.n_rows)
    files.append(FileRows(side, fates, f"{file.file.kind}:responses"))
    return read_responses(side, rules, people, fates, problems)


def _rows_with_response(sample: SampleRows, rules: YearRules) -> np.ndarray:
    """Accepted rows of a file that holds both sides where somebody answered: any answer, or the outcome says so."""
    if sample.mapped.file.kind == "respondents":
        return np.flatnonzero(sample.fates.accepted)
    responded = np.equal(sample.labels["outcome"], "returned")
    for target in rules.answer_columns:
        if target in sample.mapped.columns:
            responded |= sample.mapped.columns[target].is_valid().to_numpy(zero_copy_only=False)
    return np.flatnonzero(sample.fates.accepted & responded)
