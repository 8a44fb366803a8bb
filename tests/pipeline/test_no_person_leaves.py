"""Law 9: what identifies a person stays in the raw area, whether a return is published, held or refused."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.cli import main
from orchestration.errors import ExitCode
from orchestration.examples import write_examples
from orchestration.registry import load_registry
from orchestration.settings import Settings
from tests.pipeline.persons import (
    BIRTH_DATE,
    COMMENT,
    NAME,
    NHS_NUMBER,
    POSTCODE,
    RECORD_NUMBERS,
    SHORT_NAME,
    traces_in,
    traces_under,
)

pytestmark = pytest.mark.slow

YEAR = 2018
Row = dict[str, str]
Fault = Callable[[list[Row], list[Row]], None]


@dataclass
class Home:
    """A home with one return, and everything that commands on it have said."""

    path: Path
    capture: pytest.CaptureFixture[str]
    log: pytest.LogCaptureFixture
    said: str = ""

    def file(self, kind: str) -> Path:
        return self.path / "synthetic" / "returns" / str(YEAR) / f"{kind}_{YEAR}.csv"

    def plant(self, fault: Fault) -> None:
        """Rewrites sample and responses by a fault that changes their rows."""
        tables = {kind: _read(self.file(kind)) for kind in ("sample", "responses")}
        fault(tables["sample"], tables["responses"])
        for kind, rows in tables.items():
            _write(self.file(kind), rows)

    def run(self, *arguments: str) -> int:
        """Exit code of one `ncpes` command."""
        sys.argv = ["ncpes", *arguments]
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        out = self.capture.readouterr()
        self.said += out.out + out.err + self.log.text
        return int(str(code or 0))

    def traces(self) -> dict[str, set[str]]:
        """Traces of the person outside the raw area, in files and in what was said."""
        found = traces_under(self.path)
        return found | ({"said": said} if (said := traces_in(self.said)) else {})


def _read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("example")
    settings = Settings(home=home, data_origin="synthetic")
    write_examples(settings, load_registry(settings.seeds), YEAR, calibrated=False, respondents=3000, trusts=12)
    return home


@pytest.fixture
def home(
    example: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    path = tmp_path / "home"
    shutil.copytree(example, path)
    monkeypatch.setenv("NCPES_HOME", str(path))
    monkeypatch.setenv("NCPES_DATA_ORIGIN", "synthetic")
    monkeypatch.setattr(sys, "argv", [])
    caplog.set_level("DEBUG")
    return Home(path, capfd, caplog)


def identify(sample: list[Row], responses: list[Row]) -> None:
    """The person in every column that is registered as an identifier, and as a record number."""
    known = {row["PSID"] for row in responses}
    person = next(row for row in sample if row["PSID"] in known)
    answers = next(row for row in responses if row["PSID"] == person["PSID"])
    person["PSID"] = answers["PSID"] = RECORD_NUMBERS[0]
    for row in sample:
        row["NHS_NUMBER"] = ""
    for row in responses:
        row["COMMENTS"] = ""
    person["NHS_NUMBER"], answers["COMMENTS"], answers["Q61"] = NHS_NUMBER, COMMENT, BIRTH_DATE


def quarantine_some(count: int) -> Fault:
    """Rows that cannot be taken, the person's name where a code of a place is expected."""

    def fault(sample: list[Row], responses: list[Row]) -> None:
        identify(sample, responses)
        for number, row in enumerate(sample[-count:]):
            row["PSID"] = RECORD_NUMBERS[1] if number == 0 else row["PSID"]
            row["TRUST_CODE"], row["NHS_NUMBER"], row["BIRTH_MONTH"] = NAME, NHS_NUMBER, BIRTH_DATE
            row["ICD10"] = POSTCODE

    return fault


def break_a_line(path: Path) -> None:
    """A comment with a comma that nobody quoted: the line has more fields than the header."""
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(f"{RECORD_NUMBERS[1]},{COMMENT},{'1,' * 90}{NHS_NUMBER}\r\n")


def test_a_published_return_leaves_no_trace(home: Home) -> None:
    home.plant(quarantine_some(2))
    break_a_line(home.file("responses"))
    assert home.run("load", str(YEAR), "--data-docs") == ExitCode.OK
    for command in (("status",), ("review", str(YEAR)), ("quarantine", "list"), ("claims", str(YEAR))):
        home.run(*command)
    assert "unreadable_row" in home.said
    assert home.traces() == {}
    # The person was there to be found: in the rows that were not taken.
    rows = pq.read_table(next((home.path / "synthetic" / "quarantine").rglob("rows.parquet")))
    assert traces_in("\n".join(rows["record"].drop_null().to_pylist())) >= {NHS_NUMBER, *RECORD_NUMBERS[1:]}


def test_a_held_return_leaves_no_trace(home: Home) -> None:
    home.plant(quarantine_some(60))
    assert home.run("load", str(YEAR), "--data-docs") == ExitCode.HELD
    home.run("review", str(YEAR))
    home.run("quarantine", "list")
    assert "landing_quarantined_share_of_file" in home.said
    assert home.traces() == {}


def answers(sample: list[Row], responses: list[Row]) -> None:
    """Free text where option codes belong: long, short, and in the form of a date or a number."""
    texts = (NHS_NUMBER, NAME, SHORT_NAME, COMMENT, BIRTH_DATE, POSTCODE)
    for number, (column, text) in enumerate(zip(("Q5", "Q11", "Q22", "Q41", "Q59", "Q65"), texts, strict=True)):
        responses[number][column] = text


def covariates(sample: list[Row], responses: list[Row]) -> None:
    columns = {"SEX": POSTCODE, "ETHNICITY": SHORT_NAME, "IMD_QUINTILE": NHS_NUMBER, "OUTCOME": RECORD_NUMBERS[0]}
    sample[7].update(columns)


def unknown_column(sample: list[Row], responses: list[Row]) -> None:
    for row in responses:
        row["GP_NAME"] = NAME


def shifted(sample: list[Row], responses: list[Row]) -> None:
    """Every value one column to the left of its header, identifiers among the answers."""
    identify(sample, responses)
    for row in responses:
        row["COMMENTS"] = row["COMMENTS"] or COMMENT
        values = [*list(row.values())[1:], row["PSID"]]
        row.update(dict(zip(row, values, strict=True)))


def everything(sample: list[Row], responses: list[Row]) -> None:
    """A name in every answer of one person."""
    for name in responses[3]:
        responses[3][name] = NAME


@pytest.mark.parametrize("fault", [answers, covariates, unknown_column, shifted, everything])
def test_a_refused_return_leaves_no_trace(home: Home, fault: Fault) -> None:
    home.plant(fault)
    assert 20 <= home.run("load", str(YEAR)) <= 27
    assert "refused" in home.said
    assert home.traces() == {}


def without_header(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    first = [COMMENT.replace(",", ""), NAME, NHS_NUMBER, *lines[1].split(",")[3:]]
    path.write_text("\n".join([",".join(first), *lines[2:]]) + "\n", encoding="utf-8")


def half_a_header(path: Path) -> None:
    """Names for the first columns only: the others are called by the first person's values."""
    lines = path.read_text(encoding="utf-8").splitlines()
    names, values = lines[0].split(","), lines[1].split(",")
    header = [*names[:40], NAME, POSTCODE, NHS_NUMBER, BIRTH_DATE, *values[44:]]
    path.write_text("\n".join([",".join(header), *lines[1:]]) + "\n", encoding="utf-8")


def damaged_workbook(path: Path) -> None:
    path.with_suffix(".xlsx").write_bytes(b"PK\x03\x04" + COMMENT.encode() * 50)
    path.unlink()


@pytest.mark.parametrize("spoil", [without_header, half_a_header, damaged_workbook])
def test_a_file_that_cannot_be_followed_leaves_no_trace(home: Home, spoil: Callable[[Path], None]) -> None:
    home.plant(identify)
    spoil(home.file("responses"))
    assert 20 <= home.run("load", str(YEAR)) <= 27
    assert home.traces() == {}


def test_a_proposal_for_a_new_questionnaire_leaves_no_trace(home: Home) -> None:
    def fault(sample: list[Row], responses: list[Row]) -> None:
        everything(sample, responses)
        unknown_column(sample, responses)
        identify(sample, responses)

    home.plant(fault)
    assert home.run("intake", str(home.file("sample")), str(home.file("responses")), "--year", "2019") == ExitCode.OK
    assert (home.path / "synthetic" / "proposals" / "2019" / "proposal.md").is_file()
    assert home.traces() == {}


@pytest.mark.parametrize("area", ["candidates", "dagster", "logs", "lake"])
def test_a_planted_trace_is_found(tmp_path: Path, area: str) -> None:
    folder = tmp_path / "synthetic" / area
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"a": [f"x {NAME.upper()}"] * 5}), folder / "a.parquet", compression="zstd")
    with duckdb.connect((folder / "b.duckdb").as_posix()) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.t as select {NHS_NUMBER}::bigint as n from range(3000)")
    (folder / "c.html").write_text(f"<p>{POSTCODE.lower()}</p>", encoding="utf-8")
    assert {Path(name).name for name in traces_under(tmp_path)} == {"a.parquet", "b.duckdb", "c.html"}
    (tmp_path / "synthetic" / "returns").mkdir()
    (tmp_path / "synthetic" / "returns" / "raw.csv").write_text(NAME, encoding="utf-8")
    assert len(traces_under(tmp_path)) == 3
