"""A recount of a return from its files alone, by plain loops: the oracle that the reconstruction is held against."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from orchestration.registry import Registry
from orchestration.rehearsal.published import CellKey


@dataclass
class CountedCell:
    """Base, positives (or sum of ratings), and sum of squares of the ratings."""

    n_base: int = 0
    count: int = 0
    squares: int = 0


class RecountedReturn(dict[CellKey, CountedCell]):
    """Cells of trusts with at least one answer, and the number of scored answers of each respondent by trust and
    group.
    """

    def __init__(self) -> None:
        super().__init__()
        self.n_answers: dict[tuple[str, str], list[int]] = {}


def recount_return(folder: Path, registry: Registry, survey_year: int) -> RecountedReturn:
    questions = {row.question_number: row for row in registry.questions_of(survey_year) if row.has_score}
    roles = {(row.question_id, str(row.option_code)): row.role for row in registry.response_options_of(survey_year)}
    with (folder / f"sample_{survey_year}.csv").open(encoding="utf-8", newline="") as stream:
        places = {
            row["PSID"]: (row["TRUST_CODE"], registry.tumour_group_of_icd10(row["ICD10"]) or "")
            for row in csv.DictReader(stream)
        }
    recount = RecountedReturn()
    with (folder / f"responses_{survey_year}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            trust, group = places[row["PSID"]]
            n_answers = 0
            for number, question in questions.items():
                role = roles.get((question.question_id, row[number]))
                if role not in ("positive", "negative", "rating"):
                    continue
                n_answers += 1
                value = int(row[number]) if role == "rating" else int(role == "positive")
                for code in ("all", group):
                    cell = recount.setdefault(CellKey("trust", trust, code, question.question_id), CountedCell())
                    cell.n_base += 1
                    cell.count += value
                    cell.squares += value * value
            recount.n_answers.setdefault((trust, group), []).append(n_answers)
    return recount
