"""A fictional 2019: the questionnaire of 2018 with everything changed that changes from year to year.

Numbers shift by two from Q16 on; Q9 and Q38 (their 2018 numbers) are dropped, three questions are new, Q21 is
reworded, Q33 is recoded, Q58 and Q65 have a new option, and the record number has another name.
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np

from orchestration.examples import write_examples
from orchestration.registry import Registry
from orchestration.settings import Settings

YEAR, BASE = 2019, 2018
SHIFT_FROM, SHIFT = 16, 2
DROPPED = (9, 38)
NEW = {
    16: "Were you told whom to ask about a clinical trial?",
    17: "Did a specialist nurse ring you?",
    73: "Who filled in this form?",
}
REWORDED = 21
RECODED = 33
NEW_OPTIONS = (58, 65)
NEW_OPTION_LABEL = "Not applicable to my situation"


def new_number(number: int) -> int:
    """Number in 2019 of a question of 2018."""
    return number + SHIFT if number >= SHIFT_FROM else number


def write_fictional(
    settings: Settings, registry: Registry, folder: Path, respondents: int = 2_500, with_codebook: bool = True
) -> list[Path]:
    """Write the files of 2019 into a folder; another seed than that of 2018, so no answer is the same."""
    other = settings.model_copy(update={"home": folder / "made"})
    made = write_examples(other, registry, BASE, seed=77, calibrated=False, respondents=respondents, trusts=20).folder
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in ("sample", "responses", "organisations"):
        with (made / f"{kind}_{BASE}.csv").open(newline="") as source:
            rows = list(csv.reader(source))
        if kind != "organisations":
            rows = _change_dates(rows) if kind == "sample" else _change_answers(rows, registry)
            rows[0][rows[0].index("PSID")] = "PRN"
        path = folder / f"{kind}_{YEAR}.csv"
        with path.open("w", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(rows)
        files.append(path)
    shutil.rmtree(folder / "made")
    (folder / f"return_{YEAR}.json").write_text(json.dumps({"survey_year": YEAR, "data_origin": "synthetic"}))
    if with_codebook:
        files.append(_write_codebook(registry, folder))
    return files


def _change_dates(rows: list[list[str]]) -> list[list[str]]:
    for name in ("DISCHARGE_YEAR", "BIRTH_YEAR"):
        position = rows[0].index(name)
        for row in rows[1:]:
            if row[position].isdigit() and row[position] < "3000":
                row[position] = str(int(row[position]) + 1)
    return rows


def _change_answers(rows: list[list[str]], registry: Registry) -> list[list[str]]:
    rng = np.random.default_rng(5)
    columns: list[list[str]] = []
    for name, *cells in zip(*rows, strict=True):
        stem, _, option = name.partition("_")
        if not (stem[0] == "Q" and stem[1:].isdigit()):
            columns.append([name, *cells])
            continue
        number = int(stem[1:])
        if number in DROPPED:
            continue
        if number == RECODED:
            codes = [str(row.option_code) for row in registry.options(BASE, f"q{RECODED}")]
            cells = [_turn(codes, cell) for cell in cells]
        if number in NEW_OPTIONS:
            cells = ["8" if rng.random() < 0.02 and cell != "999" else cell for cell in cells]
        columns.append([f"Q{new_number(number)}" + (f"_{option}" if option else ""), *cells])
    for number in NEW:
        answers = [str(1 + int(code)) for code in rng.integers(0, 3, len(rows) - 1)]
        place = next((i for i, column in enumerate(columns) if column[0] == f"Q{number + 1}"), len(columns))
        place = (
            next((i for i, column in enumerate(columns) if column[0] == f"Q{SHIFT_FROM + SHIFT}"), place)
            if number < 20
            else len(columns) - 1
        )
        columns.insert(place, [f"Q{number}", *answers])
    return [list(row) for row in zip(*columns, strict=True)]


def _turn(codes: list[str], cell: str) -> str:
    """A recoded list: the codes in the opposite order."""
    return codes[::-1][codes.index(cell)] if cell in codes else cell


def codebook_rows(registry: Registry) -> list[list[str]]:
    """The codebook of 2019."""
    rows = [["COLUMN", "QUESTION_TEXT", "OPTION_CODE", "OPTION_LABEL"]]
    for question in registry.questions_of(BASE):
        number = int(question.question_id[1:])
        if number in DROPPED:
            continue
        text = question.question_text
        if number == REWORDED:
            text = text.replace("hospital staff", "anyone at the hospital").replace("Did", "Had") + " (please tick one)"
        options = list(registry.options(BASE, question.question_id))
        codes = [option.option_code for option in options]
        labels = [option.option_label for option in options]
        if number == RECODED:
            labels = labels[::-1]
        if number in NEW_OPTIONS:
            codes, labels = [*codes, 8], [*labels, NEW_OPTION_LABEL]
        column = f"Q{new_number(number)}"
        rows.append([column, text, "", ""])
        rows += [[column, "", str(code), label] for code, label in zip(codes, labels, strict=True)]
    for number, text in NEW.items():
        rows.append([f"Q{number}", text, "", ""])
        rows += [[f"Q{number}", "", str(code), f"Answer {code}"] for code in (1, 2, 3)]
    return rows


def _write_codebook(registry: Registry, folder: Path) -> Path:
    path = folder / f"codebook_{YEAR}.csv"
    with path.open("w", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows(codebook_rows(registry))
    return path


def seeds_of(settings: Settings, home: Path) -> Settings:
    """Settings whose project has a copy of the seeds, to accept a proposal into."""
    project = home / "project"
    shutil.copytree(settings.seeds, project / "dbt_project" / "seeds")
    return settings.model_copy(update={"project_root": project})
