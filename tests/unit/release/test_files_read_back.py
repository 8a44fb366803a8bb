"""What is written is what is read back, and a planted difference is found in every format."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from release_example import build, record_of, score_rows

from orchestration.release.candidate import tables as candidate_module
from orchestration.release.candidate.canonical import csv_digest
from orchestration.release.candidate.files import PublishedFile, published_files, write_files
from orchestration.release.candidate.read_back import FileComparison, compare_tables, read_back, require_equal
from orchestration.release.candidate.tables import candidate_table
from orchestration.release.errors import CandidateError, FilesDiffer
from orchestration.release.records.candidate import read_candidate
from orchestration.settings import Settings


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    build(settings, tmp_path / "2018", 2018, score_rows())
    return tmp_path / "2018"


def write(folder: Path) -> list[PublishedFile]:
    return write_files(folder, read_candidate(folder))


def compare(folder: Path) -> list[FileComparison]:
    """Every published file with the candidate."""
    candidate = read_candidate(folder)
    return read_back(folder, candidate, published_files(folder, candidate))


def test_every_format_holds_the_candidate(folder: Path) -> None:
    written = write(folder)
    assert sorted(file.path.relative_to(folder / "files").as_posix() for file in written) == [
        "csv/ncpes-2018-synthetic-pub_methods.csv",
        "csv/ncpes-2018-synthetic-pub_question_scores.csv",
        "ncpes-2018-synthetic.duckdb",
        "parquet/ncpes-2018-synthetic-pub_methods.parquet",
        "parquet/ncpes-2018-synthetic-pub_question_scores.parquet",
    ]
    record = require_equal(compare(folder))
    assert (record.files, record.cells) == (5, 3 * (4 * 5 + 18 * 8))


def test_the_csv_of_a_table_has_the_digest_of_the_table(folder: Path) -> None:
    candidate = read_candidate(folder)
    for file in write(folder):
        if file.format == "csv":
            assert hashlib.sha256(file.path.read_bytes()).hexdigest() == record_of(candidate, file.table or "").sha256


def test_parquet_and_csv_are_the_same_bytes_every_time(folder: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {f.path.name: f.path.read_bytes() for f in write(folder) if f.format != "duckdb"}

    assert contents() == contents()


def test_a_long_table_is_cut_by_survey_year(
    settings: Settings, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_module, "MAX_CSV_ROWS", 10)
    cut = build(settings, tmp_path / "cut", 2018, score_rows())
    assert cut.content_digest == read_candidate(folder).content_digest
    written = write(tmp_path / "cut")
    scores = [file for file in written if file.format == "csv" and file.table == "pub_question_scores"]
    assert [file.survey_year for file in scores] == [2017, 2018]
    header, *_ = lines = [file.path.read_bytes().splitlines(keepends=True) for file in scores]
    assert lines[0][0] == lines[1][0]
    whole = b"".join([header[0], *lines[0][1:], *lines[1][1:]])
    assert hashlib.sha256(whole).hexdigest() == record_of(cut, "pub_question_scores").sha256
    assert csv_digest([file.path for file in scores]) == record_of(cut, "pub_question_scores").sha256
    require_equal(compare(tmp_path / "cut"))
    scores[0].path.unlink()
    (tmp_path / "cut" / "files" / "ncpes-2018-synthetic.duckdb").unlink()
    with pytest.raises(FilesDiffer, match=r"-2017.csv: pub_question_scores cannot be read"):
        require_equal(compare(tmp_path / "cut"))
    assert len([c for c in compare(tmp_path / "cut") if not c.is_equal]) == 3


def test_the_duckdb_file_says_what_it_holds_and_opens_in_older_clients(folder: Path) -> None:
    path = next(file.path for file in write(folder) if file.format == "duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        comments = dict(connection.execute("select table_name, comment from duckdb_tables()").fetchall())
        assert comments["pub_methods"] == "A method. It's constant. Origin: synthetic."
        column = "select comment from duckdb_columns() where table_name = 'pub_methods' and column_name = 'z'"
        assert connection.execute(column).fetchall() == [("Multiplier of the standard error.",)]
    # Bytes 12 to 19 are the storage version; clients of 1.2 read up to 65.
    assert int.from_bytes(path.read_bytes()[12:20], "little") <= 65


def test_a_changed_cell_is_found_in_each_format(folder: Path) -> None:
    write(folder)
    csv = folder / "files/csv/ncpes-2018-synthetic-pub_question_scores.csv"
    csv.write_text(csv.read_text().replace("2017,R0B,q1,published,40,0.5,", "2017,R0B,q1,published,40,0.51,"))
    parquet = folder / "files/parquet/ncpes-2018-synthetic-pub_methods.parquet"
    rows = pq.ParquetFile(parquet).read()
    pq.write_table(rows.set_column(1, "note", rows["note"].fill_null("")), parquet)
    with duckdb.connect(str(folder / "files/ncpes-2018-synthetic.duckdb")) as connection:
        connection.execute("update pub_question_scores set organisation_code = 'R0Z' where organisation_code = 'R0B'")
    comparisons = {c.file: c for c in compare(folder) if not c.is_equal}
    assert {name: c.n_differences for name, c in comparisons.items()} == {csv.name: 1, parquet.name: 1, **{
        "ncpes-2018-synthetic.duckdb": comparisons["ncpes-2018-synthetic.duckdb"].n_differences
    }}  # fmt: skip
    difference = comparisons[csv.name].differences[0]
    assert (difference.column, difference.key) == ("score", (2017, "R0B", "q1"))
    assert (difference.candidate_value, difference.file_value) == (0.5, 0.51)
    with pytest.raises(FilesDiffer, match=r"score of \(2017, 'R0B', 'q1'\) is 0.51, the candidate has 0.5"):
        require_equal(list(comparisons.values()))


def test_a_lost_row_a_lost_column_and_an_unreadable_file_are_faults(folder: Path) -> None:
    write(folder)
    csv = folder / "files/csv/ncpes-2018-synthetic-pub_question_scores.csv"
    csv.write_text("\n".join(csv.read_text().splitlines()[:-1]) + "\n")
    (folder / "files/csv/ncpes-2018-synthetic-pub_methods.csv").write_text("method_id\nwilson\n")
    (folder / "files/ncpes-2018-synthetic.duckdb").write_bytes(b"no database")
    (folder / "files/parquet/ncpes-2018-synthetic-pub_methods.parquet").unlink()
    faults = {c.file: c.faults for c in compare(folder) if not c.is_equal}
    assert faults[csv.name] == ("pub_question_scores has 17 rows, the candidate has 18",)
    assert len(faults) == 4
    assert all(fault for fault in faults.values())


def test_null_equals_null_only(folder: Path) -> None:
    record = record_of(read_candidate(folder), "pub_methods")
    rows = candidate_table(folder, "pub_methods")
    filled = rows.set_column(1, "note", rows["note"].fill_null("none"))
    assert compare_tables("x", record, rows, rows).is_equal
    assert compare_tables("x", record, rows, filled).differences[0].candidate_value is None
    assert compare_tables("x", record, rows, rows.rename_columns(["a", "b", "c", "d", "e"])).faults


def test_a_candidate_with_defects_gets_no_files(settings: Settings, tmp_path: Path) -> None:
    build(settings, tmp_path / "x", 2018, [*score_rows(), score_rows()[0]])
    with pytest.raises(CandidateError, match="has defects"):
        write(tmp_path / "x")
