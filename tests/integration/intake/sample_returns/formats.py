"""Writers of every form in which a return may come. Cells are text; workbooks and statistical files get numbers."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

Rows = Sequence[Sequence[str]]
TEXT_FORMS = ("csv", "tsv", "utf16", "bom", "cp1252", "semicolon", "gz", "zip")
FORMS = (*TEXT_FORMS, "xlsx", "ods", "sav", "zsav", "dta", "parquet")


def write_table(form: str, stem: Path, header: Sequence[str], rows: Rows) -> Path:
    """Write a table; the form decides the suffix."""
    return _WRITERS[form](stem, header, rows)


def csv_bytes(header: Sequence[str], rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A table as delimited text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _csv(
    delimiter: str = ",", encoding: str = "utf-8", suffix: str = ".csv"
) -> Callable[[Path, Sequence[str], Rows], Path]:
    def write(stem: Path, header: Sequence[str], rows: Rows) -> Path:
        path = stem.with_name(stem.name + suffix)
        path.write_bytes(csv_bytes(header, rows, delimiter=delimiter, encoding=encoding))
        return path

    return write


def _gz(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    path = stem.with_name(stem.name + ".csv.gz")
    path.write_bytes(gzip.compress(csv_bytes(header, rows), mtime=0))
    return path


def _zip(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    path = stem.with_name(stem.name + ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/data.csv", csv_bytes(header, rows))
    return path


def typed(cell: str) -> str | float | None:
    """A cell as a spreadsheet keeps it: numbers as numbers, with what that loses."""
    if cell == "":
        return None
    return float(cell) if cell.isascii() and cell.isdigit() else cell


def _xlsx(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    import openpyxl

    path = stem.with_name(stem.name + ".xlsx")
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Data")
    sheet.append(list(header))
    for row in rows:
        sheet.append([typed(cell) for cell in row])
    workbook.save(path)
    return path


ODS_START = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
    '<table:table table:name="Data">'
)
ODS_END = "</table:table></office:spreadsheet></office:body></office:document-content>"


def ods_cell(cell: str) -> str:
    """A cell of an ODS sheet."""
    value = typed(cell)
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, float):
        return f"<table:table-cell office:value-type={quoteattr('float')} office:value={quoteattr(repr(value))}/>"
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def write_ods(path: Path, body: str) -> Path:
    """An ODS file around the XML of its rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODS_START + body + ODS_END)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
    return path


def _ods(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    lines = (f"<table:table-row>{''.join(ods_cell(cell) for cell in row)}</table:table-row>" for row in [header, *rows])
    return write_ods(stem.with_name(stem.name + ".ods"), "".join(lines))


def _frame(header: Sequence[str], rows: Rows):  # type: ignore[no-untyped-def] - pandas only when it is needed
    import pandas as pd

    columns = {}
    for position, name in enumerate(header):
        cells = [row[position] for row in rows]
        if all(cell == "" or (cell.isascii() and cell.isdigit()) for cell in cells):
            columns[name] = pd.Series([float(cell) if cell else float("nan") for cell in cells])
        else:
            columns[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(columns)


def _sav(suffix: str) -> Callable[[Path, Sequence[str], Rows], Path]:
    def write(stem: Path, header: Sequence[str], rows: Rows) -> Path:
        import pyreadstat

        path = stem.with_name(stem.name + suffix)
        pyreadstat.write_sav(_frame(header, rows), path, compress=suffix == ".zsav")
        return path

    return write


def _dta(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    import pyreadstat

    path = stem.with_name(stem.name + ".dta")
    pyreadstat.write_dta(_frame(header, rows), path)
    return path


def _parquet(stem: Path, header: Sequence[str], rows: Rows) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = stem.with_name(stem.name + ".parquet")
    columns = {}
    for position, name in enumerate(header):
        cells = [row[position] or None for row in rows]
        is_number = all(
            cell is None or (cell.isascii() and cell.isdigit() and cell == str(int(cell))) for cell in cells
        )
        kind = pa.int64() if is_number else pa.string()
        columns[name] = pa.array([int(cell) if cell and is_number else cell for cell in cells], kind)
    pq.write_table(pa.table(columns), path)
    return path


_WRITERS: dict[str, Callable[[Path, Sequence[str], Rows], Path]] = {
    "csv": _csv(),
    "tsv": _csv("\t", suffix=".tsv"),
    "utf16": _csv("\t", "utf-16", ".txt"),
    "bom": _csv(",", "utf-8-sig"),
    "cp1252": _csv(",", "cp1252"),
    "semicolon": _csv(";"),
    "xlsx": _xlsx,
    "ods": _ods,
    "sav": _sav(".sav"),
    "zsav": _sav(".zsav"),
    "dta": _dta,
    "parquet": _parquet,
    "gz": _gz,
    "zip": _zip,
}
