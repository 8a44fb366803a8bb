"""What SPSS and Stata files say beyond their cells: declared missing values, labels, dates, encodings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from orchestration.errors import ExitCode
from orchestration.intake.files.open import read_file
from orchestration.intake.files.source import HeaderHint
from orchestration.intake.refusal import IntakeRefused
from orchestration.registry import Registry
from orchestration.settings import IntakeLimits, Settings
from tests.integration.intake.sample_returns.small import YEAR, Return, receive

DECLARED = 7


def frame(given: Return) -> pd.DataFrame:
    columns = {}
    for position, name in enumerate(given.responses.header):
        cells = [row[position] for row in given.responses.rows]
        is_number = all(cell.isdigit() or not cell for cell in cells)
        columns[name] = [float(cell) if cell else float("nan") for cell in cells] if is_number else cells
    return pd.DataFrame(columns)


def without_responses(given: Return, settings: Settings) -> Path:
    del given.tables["responses"]
    return given.write(settings)


def test_spss_declared_missing_is_kept_apart(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.set_all("Q22", "999")
    for row, cell in enumerate(("1", "", "997", "998", "995")):
        good.responses.set(row, "Q22", cell)
    table = frame(good)
    folder = without_responses(good, settings)
    pyreadstat.write_sav(table, folder / f"responses_{YEAR}.sav", missing_ranges={"Q22": [{"lo": 995, "hi": 998}]})
    counts = receive(settings, registry).answers["q22"]
    assert (counts.answered, counts.blank, counts.declared_missing, counts.missing_code) == (1, 1, 3, 11)


def test_stata_tagged_missing_is_kept_apart(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.set_all("Q22", "2")
    table = frame(good).rename(columns={"Q22": "q22"})
    table["q22"] = table["q22"].astype(object)
    table.loc[0, "q22"], table.loc[1, "q22"], table.loc[2, "q22"] = "a", "z", None
    folder = without_responses(good, settings)
    pyreadstat.write_dta(table, folder / f"responses_{YEAR}.dta", missing_user_values={"q22": ["a", "z"]})
    counts = receive(settings, registry).answers["q22"]
    assert (counts.answered, counts.blank, counts.declared_missing, counts.missing_code) == (13, 1, 2, 0)


def test_an_undeclared_code_in_spss_refuses(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.set(0, "Q22", str(DECLARED))
    table = frame(good)
    folder = without_responses(good, settings)
    pyreadstat.write_sav(table, folder / f"responses_{YEAR}.sav")
    with pytest.raises(IntakeRefused, match="Q22"):
        receive(settings, registry)


def test_value_labels_that_contradict_the_registry_refuse(good: Return, registry: Registry, settings: Settings) -> None:
    table = frame(good)
    folder = without_responses(good, settings)
    labels = {1.0: "No", 2.0: "Yes"}
    pyreadstat.write_sav(table, folder / f"responses_{YEAR}.sav", variable_value_labels={"Q3": labels})
    with pytest.raises(IntakeRefused, match="changed its meaning"):
        receive(settings, registry)


def test_variable_labels_that_are_another_question_refuse(good: Return, registry: Registry, settings: Settings) -> None:
    table = frame(good)
    folder = without_responses(good, settings)
    labels = ["" for _ in table.columns]
    labels[list(table.columns).index("Q20")] = registry.question(YEAR, "q35").question_text[:200]
    pyreadstat.write_sav(table, folder / f"responses_{YEAR}.sav", column_labels=labels)
    with pytest.raises(IntakeRefused, match="text of q35"):
        receive(settings, registry)


def test_dates_are_read_and_far_dates_do_not_break_the_reader(tmp_path: Path) -> None:
    table = pd.DataFrame({"D": [dt.date(2018, 4, 30), dt.date(1601, 1, 1)], "N": [1.0, 2.0]})
    for suffix, write in ((".sav", pyreadstat.write_sav), (".dta", pyreadstat.write_dta)):
        path = tmp_path / f"x{suffix}"
        write(table, path)
        read = read_file(path, IntakeLimits(), HeaderHint(), tmp_path)
        assert read.columns[0].to_pylist() == ["2018-04-30", "1601-01-01"]
    far = pd.DataFrame({"D": [1e15, 1.0]})
    pyreadstat.write_sav(far, tmp_path / "far.sav", variable_format={"D": "DATE11"})
    assert read_file(tmp_path / "far.sav", IntakeLimits(), HeaderHint(), tmp_path).n_rows == 2


def test_a_reader_that_needs_too_much_memory_or_time_is_stopped(good: Return, tmp_path: Path) -> None:
    from orchestration.intake.refusal import UnreadableFile

    path = tmp_path / "x.sav"
    pyreadstat.write_sav(frame(good), path)
    with pytest.raises(UnreadableFile, match="seconds") as slow:
        read_file(path, IntakeLimits(reader_seconds=0.01), HeaderHint(), tmp_path)
    assert slow.value.kind == ExitCode.LIMIT_EXCEEDED
    with pytest.raises(UnreadableFile):
        read_file(path, IntakeLimits(reader_memory_bytes=120 * 1024**2), HeaderHint(), tmp_path)
