"""How fast and in how much memory a real-size year is read. Each reader runs in a process of its own, as measured."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from orchestration.examples import write_examples
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.slow

YEAR = 2018
MIB = 1024**2
# Marks of the project; measured on two shared cores: 1.4 s, 470 MiB, 2.2 times the bare reader.
CSV_SECONDS = 2.0
MOST_MEMORY = 1024 * MIB
TIMES_BARE_READER = 3.0
# Measured: 0.3 s, spaces among the digits.
NHS_NUMBERS_SECONDS = 2.0
# Measured: 312 MiB for a million rows of 91 columns, 930 MiB for five million.
# Arrow reads further ahead where the reader is kept waiting: 545 and 1,008 MiB were seen beside other work.
# The mark is 1 GiB.
MEMORY_OF_A_MILLION_ROWS = 1024 * 1024**2

_READ = """
import json, resource, sys, tempfile, time
from pathlib import Path
from orchestration.intake.files.source import HeaderHint
from orchestration.intake.files.open import read_file
from orchestration.settings import IntakeLimits
hint = HeaderHint(frozenset({"PSID", "Q1", "Q2"}))
seconds, rows = [], []
with tempfile.TemporaryDirectory() as workdir:
    for _ in range(int(sys.argv[1])):
        start = time.perf_counter()
        rows = [read_file(Path(path), IntakeLimits(), hint, Path(workdir)).n_rows for path in sys.argv[2:]]
        seconds.append(time.perf_counter() - start)
unit = 1 if sys.platform == "darwin" else 1024
peaks = [resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit]
# On Linux ru_maxrss of a process begins with that of the process that started it: the peak of its own is elsewhere.
status = Path("/proc/self/status")
if status.is_file():
    peaks += [int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")]
else:
    peaks += [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit]
peak = max(peaks)
print(json.dumps({"seconds": min(seconds), "rows": rows, "peak": peak}))
"""
_NHS_NUMBERS = """
import json, time
import numpy as np
import pyarrow as pa
from orchestration.intake.landing.counts import read_nhs_numbers
numbers = np.random.default_rng(1).integers(10**9, 10**10, 1_000_000)
texts = pa.array([f"{number // 10**7} {number // 10**4 % 1000:03d} {number % 10**4:04d}" for number in numbers])
start = time.perf_counter()
read = read_nhs_numbers(texts)
print(json.dumps({"seconds": time.perf_counter() - start, "rows": [len(read)]}))
"""
_BARE = """
import json, sys, time
from python_calamine import CalamineWorkbook
start = time.perf_counter()
rows = len(CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python())
print(json.dumps({"seconds": time.perf_counter() - start, "rows": [rows - 1]}))
"""


def measure(program: str, *arguments: object) -> dict[str, object]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return dict(json.loads(subprocess.run(command, cwd=PROJECT_ROOT, check=True, capture_output=True).stdout))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a real-size year: about 120,000 sampled people and 74,000 responses."""
    settings = Settings(home=tmp_path_factory.mktemp("year"), data_origin="synthetic")
    write_examples(settings, load_registry(settings.seeds), YEAR)
    return settings.returns / str(YEAR)


def test_a_year_of_csv_is_read_fast_and_in_little_memory(year: Path) -> None:
    found = measure(_READ, 3, year / f"sample_{YEAR}.csv", year / f"responses_{YEAR}.csv")
    assert min(found["rows"]) > 70_000
    assert found["seconds"] < CSV_SECONDS
    assert found["peak"] < MOST_MEMORY


def test_a_workbook_is_read_within_three_times_the_bare_reader(year: Path, tmp_path: Path) -> None:
    workbook = write_workbook(year / f"responses_{YEAR}.csv", tmp_path / "responses.xlsx")
    # Side by side, so that what else the machine does weighs on both.
    pairs = [(measure(_READ, 1, workbook), measure(_BARE, workbook)) for _ in range(2)]
    assert all(read["rows"] == bare["rows"] and read["peak"] < MOST_MEMORY for read, bare in pairs)
    assert min(read["seconds"] / bare["seconds"] for read, bare in pairs) < TIMES_BARE_READER


def test_memory_of_a_long_csv_grows_by_little_more_than_a_byte_a_cell(year: Path, tmp_path: Path) -> None:
    found = measure(_READ, 1, write_long(year / f"responses_{YEAR}.csv", tmp_path / "responses.csv", 1_000_000, 91))
    assert found["rows"] == [1_000_000]
    assert found["peak"] < MEMORY_OF_A_MILLION_ROWS


def test_a_million_nhs_numbers_are_judged_in_a_moment() -> None:
    found = measure(_NHS_NUMBERS)
    assert found["rows"] == [1_000_000]
    assert found["seconds"] < NHS_NUMBERS_SECONDS


def write_long(source: Path, target: Path, n_rows: int, n_columns: int) -> Path:
    """The rows of a response file again and again, each under a record number of its own, in as many columns."""
    with source.open(newline="") as file:
        header, *rows = csv.reader(file)
    more = n_columns - len(header)
    tails = []
    for number, row in enumerate(rows):
        text = io.StringIO()
        added = [str((7 * number + column) % 5 + 1) for column in range(more)]
        csv.writer(text, lineterminator="\n").writerow([*row[1:], *added])
        tails.append(text.getvalue())
    with target.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([*header, *(f"X{column}" for column in range(more))])
        for number in range(n_rows):
            file.write(f"{20_000_000 + number},{tails[number % len(tails)]}")
    return target


_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="data" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_workbook(source: Path, target: Path) -> Path:
    """A CSV as a workbook, written by hand: the libraries that write them take minutes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, '<?xml version="1.0"?>' + text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            for line in _sheet_rows(source):
                sheet.write(line.encode())
            sheet.write(b"</sheetData></worksheet>")
    return target


def _sheet_rows(source: Path) -> Iterator[str]:
    with source.open(newline="") as file:
        names: list[str] = []
        for number, row in enumerate(csv.reader(file), start=1):
            names = names or [_column_name(position) for position in range(len(row))]
            cells = (_cell(f"{name}{number}", text) for name, text in zip(names, row, strict=True) if text)
            yield f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, text: str) -> str:
    if text.isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _column_name(position: int) -> str:
    """A, B, ... Z, AA ... as spreadsheets name columns."""
    first, last = divmod(position, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)
