"""Scores counted straight from the files of a return and the seeds, by none of the program's own code.

Belongs here: the plain rules of scoring. Does not belong here: anything imported from `orchestration`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyarrow import csv as pacsv

SEED_FOLDER = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds"
MISSING = 999


def seed_rows(name: str, survey_year: int) -> list[dict[str, str]]:
    with (SEED_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["survey_year"] == str(survey_year)]


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Every column: codes of answers as numbers with 999 for an empty field too, all else as text."""
    with path.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split(",")
    types = {name: "int16" if re.fullmatch(r"Q\d.*", name) else "string" for name in names}
    convert = pacsv.ConvertOptions(column_types=types, strings_can_be_null=False)
    table = pacsv.read_csv(path, parse_options=pacsv.ParseOptions(newlines_in_values=True), convert_options=convert)
    return {
        name: (column.fill_null(MISSING) if types[name] == "int16" else column).to_numpy(zero_copy_only=False)
        for name, column in zip(names, table.columns, strict=True)
    }


@dataclass
class Score:
    n_base: int
    total: int  # positives, or the sum of ratings

    @property
    def value(self) -> float:
        return self.total / self.n_base


class ScoredReturn:
    """A return's files with routing edits made, and who is useable and who has every covariate."""

    def __init__(self, folder: Path, survey_year: int) -> None:
        self.survey_year = survey_year
        self.sample = read_columns(folder / f"sample_{survey_year}.csv")
        self.responses = read_columns(folder / f"responses_{survey_year}.csv")
        self.questions = seed_rows("questions", survey_year)
        self.roles: dict[str, dict[int, str]] = {}
        for option in seed_rows("response_options", survey_year):
            self.roles.setdefault(option["question_id"], {})[int(option["option_code"])] = option["role"]
        row_of = {number: row for row, number in enumerate(self.sample["PSID"])}
        self.sample_row = np.array([row_of[number] for number in self.responses["PSID"]])
        self.trust = np.unique(self.sample["TRUST_CODE"], return_inverse=True)[1][self.sample_row]
        self.answers = {q["question_id"]: self.responses[q["question_number"]].copy() for q in self._answered()}
        self.n_edits = self._edit()
        scored = [q["question_id"] for q in self.questions if q["question_kind"] in ("scored", "rating")]
        self.n_answers = np.sum([self.answers[q] != MISSING for q in scored], axis=0)
        self.is_useable = self.n_answers >= 1
        self.is_complete = self._has_all_covariates()

    def _answered(self) -> list[dict[str, str]]:
        return [q for q in self.questions if q["question_number"] in self.responses]

    def _edit(self) -> int:
        edits = 0
        for rule in seed_rows("routing_rules", self.survey_year):
            leaves_out = np.isin(
                self.answers[rule["routing_question_id"]], [int(code) for code in rule["skip_option_codes"].split("|")]
            )
            for question in rule["skipped_question_ids"].split("|"):
                unrouted = leaves_out & (self.answers[question] != MISSING)
                self.answers[question][unrouted] = MISSING
                edits += int(unrouted.sum())
        return edits

    def _has_all_covariates(self) -> NDArray[np.bool_]:
        missing_codes = {
            row["source_column"]: ["", *row["missing_codes"].split("|")]
            for row in seed_rows("source_columns", self.survey_year)
            if row["file_kind"] == "sample"
        }
        covariates = ("SEX", "ETHNICITY", "IMD_QUINTILE", "BIRTH_YEAR")
        present = [~np.isin(self.sample[name], missing_codes[name]) for name in covariates]
        return np.asarray(np.all(present, axis=0)[self.sample_row])

    def score(self, question_id: str, only: NDArray[np.bool_]) -> Score:
        codes = self.answers[question_id][only & self.is_useable]
        roles = self.roles[question_id]
        if "rating" in roles.values():
            ratings = codes[np.isin(codes, [code for code, role in roles.items() if role == "rating"])].astype(np.int64)
            return Score(len(ratings), int(ratings.sum()))
        by_role = {role: [code for code, given in roles.items() if given == role] for role in ("positive", "negative")}
        n_positive = int(np.isin(codes, by_role["positive"]).sum())
        return Score(n_positive + int(np.isin(codes, by_role["negative"]).sum()), n_positive)
