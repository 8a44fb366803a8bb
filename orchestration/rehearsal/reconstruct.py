"""A respondent-level return rebuilt from published results, in the format that the supplier delivers.

Belongs here: from the published file to the return's files. Does not belong here: loading the return. It goes through
the same load as every other, with origin `reconstructed`, and ends at a candidate.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orchestration.registry import Registry
from orchestration.registry.rows import SourceColumn
from orchestration.rehearsal.published import PublishedResults, read_published_results
from orchestration.rehearsal.respondents import MISSING, Codes, Questionnaire, answer_routing, assign_answers
from orchestration.rehearsal.solve import TrustAnswers, solve_trusts
from orchestration.settings import DataOrigin, Settings

ORIGIN: DataOrigin = "reconstructed"
NOTE = (
    "Rebuilt from published tables: bases and scores by trust and tumour group are the published ones, all else is "
    "invented. Only respondents are here, and no covariate of theirs but the tumour group: response rates, adjusted "
    "scores and levels other than trusts mean nothing. Never to be published."
)
# Published tables do not say who lives where. A return needs organisations of every level, so each other level has one
# that nobody belongs to.
NOBODYS_CODE = "X00"


@dataclass(frozen=True)
class ReconstructionSummary:
    """What was rebuilt. Tables are trust x question."""

    survey_year: int
    folder: Path
    n_trusts: int
    n_tables: int
    n_tables_without_score: int
    n_respondents: int
    n_scored_answers: int
    n_below_useable_minimum: int


@dataclass(frozen=True)
class Respondents:
    """Everybody of the return, an entry a respondent: trust, tumour group, and the option codes of every question."""

    trust_codes: Sequence[str]
    tumour_groups: Sequence[str]
    answers: Mapping[str, Codes]
    n_scored_answers: Codes


def write_reconstructed_return(settings: Settings, registry: Registry, published: Path) -> ReconstructionSummary:
    """Rebuild the return of the published file's survey year and write it to the `reconstructed` raw area.

    Every trust x question table gets whole numbers that print as published, every trust and tumour group as few
    respondents as its largest base asks for. Where the answers of a group do not suffice to make everybody useable,
    they are written all the same and counted in `n_below_useable_minimum`: intake leaves such respondents out, and the
    comparison lists the bases. An earlier return of that year is replaced. The same file gives the same bytes.
    Raises PublishedResultsError for a file that cannot be read, ReconstructionError where no whole numbers fit.
    """
    results = read_published_results(published, registry)
    year = results.survey_year
    questionnaire = Questionnaire.of_year(registry, year)
    respondents = make_respondents(solve_trusts(results, registry, questionnaire), questionnaire)
    folder = settings.for_origin(ORIGIN).returns / str(year)
    draft = folder.with_name(f".{year}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _write_files(draft, registry, year, respondents)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return _summarise(results, folder, respondents, registry.survey_year(year).useable_minimum_answers)


def make_respondents(trusts: Mapping[str, TrustAnswers], questionnaire: Questionnaire) -> Respondents:
    """Respondents of all trusts, by trust and tumour group."""
    places: list[str] = []
    groups: list[str] = []
    blocks: list[dict[str, Codes]] = []
    n_scored: list[Codes] = []
    for trust_code, by_group in trusts.items():
        for group, answers in by_group.items():
            columns = assign_answers(answers)
            answered = np.asarray([codes != MISSING for codes in columns.values()])
            n_scored.append(answered.sum(axis=0, dtype=np.int32))
            blocks.append(columns | answer_routing(columns, questionnaire))
            places += [trust_code] * answered.shape[1]
            groups += [group] * answered.shape[1]
    question_ids = list(dict.fromkeys(question_id for block in blocks for question_id in block))
    return Respondents(
        places,
        groups,
        {question_id: _stack(blocks, n_scored, question_id) for question_id in question_ids},
        np.concatenate(n_scored),
    )


def _stack(blocks: Sequence[Mapping[str, Codes]], sizes: Sequence[Codes], question_id: str) -> Codes:
    """A question's column over all blocks; MISSING in a block that lacks the question."""
    parts = [
        block.get(question_id, np.full(len(size), MISSING, dtype=np.int32))
        for block, size in zip(blocks, sizes, strict=True)
    ]
    return np.concatenate(parts)


def _write_files(folder: Path, registry: Registry, year: int, respondents: Respondents) -> None:
    """The return's files and its delivery note. Record numbers are the positions in the return, from 1."""
    n_respondents = len(respondents.trust_codes)
    record_numbers = [str(number) for number in range(1, n_respondents + 1)]
    returned = next(row.outcome_code for row in registry.outcome_codes_of(year) if row.outcome == "returned")
    icd10 = {row.tumour_group: row.icd10_prefix for row in reversed(registry.icd10_tumour_groups)}
    people = {
        "record_number": record_numbers,
        "trust_code": respondents.trust_codes,
        "icd10": [icd10[group] for group in respondents.tumour_groups],
        "outcome": [str(returned)] * n_respondents,
    }
    _write_columns(folder / f"sample_{year}.csv", registry.source_columns_of(year, "sample"), people)
    columns = registry.source_columns_of(year, "responses")
    answers = {"record_number": record_numbers} | {
        column.target_column: _answer_texts(respondents.answers[column.target_column], column)
        for column in columns
        if column.target_column in respondents.answers
    }
    _write_columns(folder / f"responses_{year}.csv", columns, answers)
    _write_columns(
        folder / f"organisations_{year}.csv",
        registry.source_columns_of(year, "organisations"),
        _list_organisations(registry, year, respondents),
    )
    delivery_note = {"survey_year": year, "data_origin": ORIGIN, "note": NOTE}
    (folder / f"return_{year}.json").write_text(json.dumps(delivery_note, indent=2) + "\n", encoding="utf-8")


def _answer_texts(codes: Codes, column: SourceColumn) -> list[str]:
    """Option codes as the file holds them."""
    texts = {code: str(code) for code in np.unique(codes).tolist()}
    texts[MISSING] = _missing_text(column)
    return [texts[code] for code in codes.tolist()]


def _list_organisations(registry: Registry, year: int, respondents: Respondents) -> dict[str, list[str]]:
    """The trusts, named by their codes, and nobody's organisation of every other level that is delivered."""
    level_codes = {ours: theirs for theirs, ours in registry.source_codes_of(year, "organisations", "level").items()}
    rows = []
    for level in registry.organisation_levels:
        if level.national_code:
            continue
        if level.belongs_by == "treatment":
            trusts = dict.fromkeys(respondents.trust_codes)
            rows += [(level_codes[level.level], code, f"Trust {code}", "") for code in trusts]
        else:
            parent = NOBODYS_CODE if level.parent_level else ""
            rows.append((level_codes[level.level], NOBODYS_CODE, f"{level.level_label} not rebuilt", parent))
    names = ("level", "organisation_code", "organisation_name", "parent_code")
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _write_columns(path: Path, columns: Sequence[SourceColumn], values: Mapping[str, Sequence[str]]) -> None:
    """A file of the return with all columns that the registry expects; what is not known is missing."""
    n_rows = len(next(iter(values.values())))
    cells = [values.get(column.target_column) or [_missing_text(column)] * n_rows for column in columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(column.source_column for column in columns)
        writer.writerows(zip(*cells, strict=True))


def _missing_text(column: SourceColumn) -> str:
    """The text of a missing value: the column's missing code in an answer, nothing elsewhere."""
    return column.missing_codes[0] if column.disposition == "answer" and column.missing_codes else ""


def _summarise(
    results: PublishedResults, folder: Path, respondents: Respondents, useable_minimum: int
) -> ReconstructionSummary:
    tables = list(results.tables())
    n_scored = respondents.n_scored_answers
    return ReconstructionSummary(
        survey_year=results.survey_year,
        folder=folder,
        n_trusts=len(set(respondents.trust_codes)),
        n_tables=len(tables),
        n_tables_without_score=sum(table.total.score is None for table in tables),
        n_respondents=len(n_scored),
        n_scored_answers=int(n_scored.sum()),
        n_below_useable_minimum=int(np.count_nonzero(n_scored < useable_minimum)),
    )
