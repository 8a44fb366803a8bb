"""A candidate's identity: what changes a digest and what must not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from release_example import MODELS, build, make_warehouse, record_of, score_rows

from orchestration.release.candidate.canonical import SLICE_ROWS, csv_header, csv_rows
from orchestration.release.candidate.tables import build_candidate, candidate_table
from orchestration.release.errors import CandidateError
from orchestration.settings import Settings


def test_rows_are_in_order_of_the_key_whatever_the_order_in_the_warehouse(settings: Settings, tmp_path: Path) -> None:
    first = build(settings, tmp_path / "a", 2018, score_rows(), seed=1)
    second = build(settings, tmp_path / "b", 2018, score_rows(), seed=2)
    assert first == second
    names = ["survey_year", "organisation_code", "question_id"]
    rows = candidate_table(tmp_path / "a", "pub_question_scores").select(names).to_pylist()
    assert rows == sorted(rows, key=lambda row: tuple(row.values()))
    for table in MODELS:
        path = Path("tables") / f"{table}.parquet"
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()


def test_the_digest_sees_the_tenth_digit_and_not_the_twelfth(settings: Settings, tmp_path: Path) -> None:
    plain = build(settings, tmp_path / "a", 2018, score_rows())
    assert build(settings, tmp_path / "b", 2018, score_rows(shift=1e-14)).content_digest == plain.content_digest
    assert build(settings, tmp_path / "c", 2018, score_rows(shift=1e-9)).content_digest != plain.content_digest


def test_the_digest_of_a_table_is_the_checksum_of_its_csv(settings: Settings, tmp_path: Path) -> None:
    candidate = build(settings, tmp_path / "a", 2018, score_rows())
    methods = record_of(candidate, "pub_methods")
    text = (
        "method_id,note,valid_from,z,data_origin\n"
        'empty,"",,0,synthetic\n'
        'lines,"two\nlines",,1.23456789e+10,synthetic\n'
        "none,,,0.00001,synthetic\n"
        'wilson,"an ""interval"", quoted",2018-04-01,1.959963985,synthetic\n'
    )
    assert methods.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_how_an_engine_encodes_or_chunks_a_column_does_not_matter() -> None:
    texts = ["breast", "lung", None, "skin"] * SLICE_ROWS
    plain = pa.table({"group_code": texts, "n": pa.array(range(len(texts)))})
    encoded = plain.set_column(0, "group_code", plain["group_code"].dictionary_encode())
    chunked = pa.concat_tables([plain.slice(0, 5), plain.slice(5)])
    narrow = plain.slice(0, 100).set_column(1, "n", plain["n"].slice(0, 100).cast(pa.int16()))
    assert csv_text(plain) == csv_text(encoded) == csv_text(chunked)
    assert csv_text(narrow) == csv_text(plain.slice(0, 100))
    assert csv_text(plain.slice(0, 0)) == b"group_code,n\n"


def csv_text(table: pa.Table) -> bytes:
    return csv_header(table.column_names) + b"".join(csv_rows(table))


def test_content_and_contract_are_told_apart(settings: Settings, tmp_path: Path) -> None:
    plain = build(settings, tmp_path / "a", 2018, score_rows())
    changed = build(settings, tmp_path / "b", 2018, score_rows(shift=0.1))
    assert (plain.contract_digest, plain.content_digest) != (changed.contract_digest, changed.content_digest)
    assert plain.contract_digest == changed.contract_digest
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table publication.pub_methods add column url varchar")
    assert build_candidate(warehouse, 2018, MODELS, tmp_path / "c").contract_digest != plain.contract_digest


def test_a_doubled_key_a_missing_key_and_an_infinite_value_are_defects(settings: Settings, tmp_path: Path) -> None:
    rows = score_rows()
    rows += [rows[0], (2018, None, "q1", "published", 50, float("inf"), True, "synthetic")]
    first = build(settings, tmp_path / "a", 2018, rows, seed=1)
    assert first.defects == (
        "pub_question_scores: 1 rows have the key (survey_year, organisation_code, question_id) of another row",
        "pub_question_scores.organisation_code: 1 rows have no value, though it is part of the key",
        "pub_question_scores.score: 1 values are not finite",
    )
    assert build(settings, tmp_path / "b", 2018, rows, seed=2).content_digest == first.content_digest


def test_origins_never_mix(settings: Settings, tmp_path: Path) -> None:
    rows = score_rows()
    with pytest.raises(CandidateError, match="hold the origins reconstructed, synthetic"):
        build(settings, tmp_path / "a", 2018, [*rows[:-1], (*rows[-1][:-1], "reconstructed")])


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("create table publication.pub_extra as select 1 as a", "differ: pub_extra"),
        ("drop table publication.pub_methods", "differ: pub_methods"),
        ("alter table publication.pub_methods alter z type decimal(18, 2)", r"pub_methods.z is DECIMAL\(18,2\)"),
        ('alter table publication.pub_methods add column "a,b" int', "'a,b' would need quotes"),
        ("alter table publication.pub_methods drop column data_origin", "pub_methods has no column data_origin"),
        ("alter table publication.pub_methods rename method_id to id", "has no column method_id"),
    ],
)
def test_what_cannot_be_published_alike_is_refused(
    settings: Settings, tmp_path: Path, statement: str, message: str
) -> None:
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(statement)
    with pytest.raises(CandidateError, match=message):
        build_candidate(warehouse, 2018, MODELS, tmp_path / "a")


def test_a_new_candidate_keeps_nothing_of_the_one_before(settings: Settings, tmp_path: Path) -> None:
    build(settings, tmp_path / "a", 2018, score_rows())
    for name in ("decision.json", "manifest.json", "report.html"):
        (tmp_path / "a" / name).write_text("{}", encoding="utf-8")
    build(settings, tmp_path / "a", 2018, score_rows())
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["candidate.json", "tables"]
