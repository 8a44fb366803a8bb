from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.registry import Registry
from orchestration.rehearsal.published import CellKey, PublishedCell, PublishedResultsError, read_published_results

from .released import small_release, write_release


def test_cells_are_read_as_printed(release: Path, registry: Registry) -> None:
    results = read_published_results(release, registry)
    assert results.survey_year == 2018
    assert results.cells[CellKey("trust", "R01", "breast", "q22")] == PublishedCell(36, Decimal(47), None, None)
    assert results.cells[CellKey("trust", "R01", "skin", "q22")] == PublishedCell(9, None, None, None)
    total = results.cells[CellKey("trust", "R01", "all", "q22")]
    assert (total.n_base, total.ci_lower, total.ci_upper) == (80, Decimal("54.1"), Decimal("74.5"))
    assert len(list(results.tables())) == 8


def test_a_gzipped_file_reads_alike(release: Path, registry: Registry, tmp_path: Path) -> None:
    packed = tmp_path / "published.csv.gz"
    packed.write_bytes(gzip.compress(release.read_bytes()))
    assert read_published_results(packed, registry) == read_published_results(release, registry)


def test_other_levels_and_tables_are_counted(registry: Registry, tmp_path: Path) -> None:
    rows = small_release()
    other = [
        rows[0] | {"level": "CCG", "code": "00C"},
        rows[0] | {"kind": "adjusted"},
        rows[0] | {"kind": "yearonyear", "year": "2015"},
        rows[0] | {"level": "National", "code": "All", "sex": "Female", "n": ""},
    ]
    results = read_published_results(write_release(tmp_path / "published.csv", rows + other), registry)
    assert {tuple(table): n_rows for table, n_rows in results.n_other_rows.items()} == {
        ("CCG", "unadjusted", ""): 1,
        ("National", "unadjusted", "sex"): 1,
        ("Trust", "adjusted", ""): 1,
        ("Trust", "yearonyear", ""): 1,
    }
    assert len(results.cells) == len(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cancer": "Thyroid"}, r"R01, Thyroid, Q1: column cancer holds 'Thyroid'\. Known: All Cancers, Brain"),
        ({"question": "Q24"}, r"column question holds 'Q24'"),
        ({"n": "many"}, r"R01, All Cancers, Q1: many, .* are no numbers"),
        ({"score": "6O"}, r"6O, .* are no numbers"),
        ({"year": "2017"}, r"column year: unadjusted rows of 2 survey years \(2017, 2018\)"),
        ({"question": "Q22"}, r"R01, All Cancers, Q22: the row is there twice"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    registry: Registry, tmp_path: Path, change: dict[str, str], message: str
) -> None:
    rows = small_release()
    path = write_release(tmp_path / "published.csv", [rows[0] | change, *rows[1:]])
    with pytest.raises(PublishedResultsError, match=message):
        read_published_results(path, registry)


def test_a_table_without_its_total_is_named(registry: Registry, tmp_path: Path) -> None:
    results = read_published_results(write_release(tmp_path / "published.csv", small_release()[1:]), registry)
    with pytest.raises(PublishedResultsError, match="trust R01, q1: no row for 'All Cancers'"):
        list(results.tables())


def test_a_file_that_is_no_release_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(PublishedResultsError, match="is no file"):
        read_published_results(tmp_path / "nowhere.csv", registry)
    other = tmp_path / "other.csv"
    other.write_text("level,code\nTrust,R01\n", encoding="utf-8")
    with pytest.raises(PublishedResultsError, match=r"column year, sex, imd, .* is missing"):
        read_published_results(other, registry)
