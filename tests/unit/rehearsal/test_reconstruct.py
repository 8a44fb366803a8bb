from __future__ import annotations

import csv
import dataclasses
import json
from collections import Counter
from pathlib import Path

import pytest

from orchestration.registry import Registry
from orchestration.rehearsal.counts import ReconstructionError
from orchestration.rehearsal.published import read_published_results
from orchestration.rehearsal.reconstruct import write_reconstructed_return
from orchestration.settings import Settings

from .recount import recount_return
from .released import Counts, print_percentage, small_release, trust_rows, write_release


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_return_holds_the_published_counts(settings: Settings, registry: Registry, release: Path) -> None:
    summary = write_reconstructed_return(settings, registry, release)
    assert summary.folder == settings.home / "reconstructed" / "returns" / "2018"
    assert (summary.n_trusts, summary.n_tables, summary.n_tables_without_score) == (2, 8, 3)
    # As few people as the largest base of each trust and group: 40 + 35 + 9 + 1, and 8.
    assert summary.n_respondents == 93
    assert summary.n_below_useable_minimum == 0
    counted = recount_return(summary.folder, registry, 2018)
    published = read_published_results(release, registry).cells
    assert {key: cell.n_base for key, cell in published.items() if cell.n_base} == {
        key: cell.n_base for key, cell in counted.items()
    }
    for key, cell in published.items():
        if cell.score is not None and key.question_id != "q59":
            assert print_percentage(counted[key].count, cell.n_base) == cell.score, key


def test_the_files_are_those_of_a_supplier(settings: Settings, registry: Registry, release: Path) -> None:
    folder = write_reconstructed_return(settings, registry, release).folder
    names = {"sample_2018.csv", "responses_2018.csv", "organisations_2018.csv", "return_2018.json"}
    assert {path.name for path in folder.iterdir()} == names
    for kind in ("sample", "responses", "organisations"):
        header = list(read_rows(folder / f"{kind}_2018.csv")[0])
        assert header == [column.source_column for column in registry.source_columns_of(2018, kind)]
    note = json.loads((folder / "return_2018.json").read_text(encoding="utf-8"))
    assert (note["survey_year"], note["data_origin"]) == (2018, "reconstructed")
    sample = read_rows(folder / "sample_2018.csv")
    assert Counter(registry.tumour_group_of_icd10(row["ICD10"]) for row in sample if row["TRUST_CODE"] == "R01") == {
        "breast": 40,
        "lung": 35,
        "skin": 9,
        "sarcoma": 1,
    }
    assert {(row["OUTCOME"], row["SEX"], row["NHS_NUMBER"], row["CCG_CODE"]) for row in sample} == {("1", "", "", "")}
    responses = read_rows(folder / "responses_2018.csv")
    assert [row["PSID"] for row in responses] == [row["PSID"] for row in sample]
    assert len({row["PSID"] for row in sample}) == len(sample)
    # A question that the release does not give is missing, by its code.
    assert {row["Q70"] for row in responses} == {"999"}


def test_the_same_release_gives_the_same_bytes(settings: Settings, registry: Registry, release: Path) -> None:
    folder = write_reconstructed_return(settings, registry, release).folder
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "left_over.csv").write_text("from an earlier return", encoding="utf-8")
    write_reconstructed_return(settings, registry, release)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert [path.name for path in folder.parent.iterdir()] == ["2018"]


def test_respondents_that_answers_do_not_suffice_for_are_counted(
    settings: Settings, registry: Registry, release: Path
) -> None:
    strict = tuple(
        dataclasses.replace(row, useable_minimum_answers=3) if row.survey_year == 2018 else row
        for row in registry.survey_years
    )
    summary = write_reconstructed_return(settings, dataclasses.replace(registry, survey_years=strict), release)
    counted = recount_return(summary.folder, registry, 2018)
    # Sarcoma has one answer for one person, the skin group 18 for 9, the second trust 17 for 8.
    assert counted.n_answers["R01", "sarcoma"] == [1]
    assert counted.n_answers["R01", "skin"] == [2] * 9
    assert summary.n_below_useable_minimum == 1 + 9 + 7


def test_a_trust_that_is_wholly_blank_is_rebuilt_with_its_bases(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    rating = (9, 10, 8) * 20
    tables = {"Q22": {"Breast": Counts(250, 100), "Skin": Counts(4)}, "Q59": {"Breast": Counts(60, ratings=rating)}}
    blank = dict.fromkeys(("score", "ci_lo", "ci_hi"), "")
    rows = [row | blank for question, groups in tables.items() for row in trust_rows("R03", question, groups)]
    summary = write_reconstructed_return(settings, registry, write_release(tmp_path / "published.csv", rows))
    assert (summary.n_tables, summary.n_tables_without_score, summary.n_respondents) == (2, 2, 254)
    counted = recount_return(summary.folder, registry, 2018)
    assert {(key.group_code, key.question_id): cell.n_base for key, cell in counted.items()} == {
        ("all", "q22"): 254,
        ("breast", "q22"): 250,
        ("skin", "q22"): 4,
        ("all", "q59"): 60,
        ("breast", "q59"): 60,
    }


def test_a_release_that_no_whole_numbers_print_leaves_the_old_return(
    settings: Settings, registry: Registry, release: Path, tmp_path: Path
) -> None:
    folder = write_reconstructed_return(settings, registry, release).folder
    before = (folder / "responses_2018.csv").read_bytes()
    rows = small_release()
    wrong = write_release(tmp_path / "wrong.csv", [rows[0] | {"ci_hi": "99.9"}, *rows[1:]])
    with pytest.raises(ReconstructionError, match=r"2018: no whole numbers .* in 1 of 8 tables: R01 q1\."):
        write_reconstructed_return(settings, registry, wrong)
    assert (folder / "responses_2018.csv").read_bytes() == before
