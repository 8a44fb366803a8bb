"""Texts as programs and people leave them: damaged letters, odd spellings of right codes, rows that are nobody."""

# ruff: noqa: E501, RUF001 - one case a line, so that the cases read as a table
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from orchestration.errors import ExitCode
from tests.integration.intake.sample_returns.cases import Case
from tests.integration.intake.sample_returns.small import YEAR, Return

UNREADABLE, STRUCTURE, CODE = ExitCode.UNREADABLE_FILE, ExitCode.WRONG_STRUCTURE, ExitCode.UNKNOWN_CODE


def _name(name: str) -> Callable[[Return], object]:
    """The name of a trust, in a file with another letter that is right."""

    def spoil(given: Return) -> None:
        given.organisations.set(5, "NAME", name)
        given.organisations.set(6, "NAME", "Hôpital")

    return spoil


def _bytes(kind: str, old: bytes, new: bytes) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        path = folder / f"{kind}_{YEAR}.csv"
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))

    return damage


def _append(kind: str, *lines: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        with (folder / f"{kind}_{YEAR}.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    return damage


def _trailing_commas(folder: Path) -> None:
    """Columns that were emptied: commas at the end of every line of the header and of the rows."""
    path = folder / f"sample_{YEAR}.csv"
    path.write_text("".join(f"{line},,,\n" for line in path.read_text().splitlines()))


def _hexadecimal(given: Return) -> None:
    """Record numbers of a survey system; one looks like a power of ten."""
    for table in (given.sample, given.responses):
        for row, cells in enumerate(table.rows):
            number = int(cells[0]) - 18_000_000
            table.set(row, "PSID", "1234E567" if number == 1 else f"{number:02d}C0FFEE")


def _as_text_of_floats(given: Return) -> None:
    given.sample.set(2, "PSID", "1.8000003E+07")


def _described(given: Return) -> None:
    """Rows 2 and 3 of a platform's export: the texts of the questions, and its own names of them."""
    width = len(given.responses.header)
    given.responses.rows.insert(0, ["Record number", *["How do you feel about it?"] * (width - 1)])
    given.responses.rows.insert(1, ['{"ImportId":"QID1"}'] * width)


def _header_again(given: Return) -> None:
    given.responses.rows.insert(9, list(given.responses.header))


def _invisible(given: Return) -> None:
    """Marks that copied text brings along, in names of columns, codes, organisations and record numbers."""
    given.sample.set(0, "SEX", "\u200e1")
    given.sample.set(1, "ETHNICITY", "A\u2060")
    given.sample.set(2, "TRUST_CODE", "RC\u200d3")
    given.sample.set(3, "PSID", "\u202a18000004\u202c")
    given.responses.set(0, "Q1", "\u20621")
    given.organisations.set(5, "CODE", "RA1\u00ad")
    given.sample.header[given.sample.position("SEX")] = "SE\u00adX"


def _icd10(given: Return) -> None:
    for row, code in enumerate(("C61.", "C50.9†", "C79.3*", "C34+", "C50.9-", "C50,9", "C18.-", "c50.9 ‡", "C50.X")):
        given.sample.set(row, "ICD10", code)


LETTERS = (
    Case("a name encoded twice", _name("KingÃ¢â‚¬â„¢s"), refused=UNREADABLE, says=("column NAME", "names that are published hold letters encoded twice (1)", "UTF-8")),
    Case("a name with a letter encoded twice", _name("St ThÃ©rÃ¨se"), refused=UNREADABLE, says=("encoded twice (1)",)),
    Case("a name of a Mac", _name("KingÕs College"), refused=UNREADABLE, says=("MacRoman",)),
    Case("a name of a Mac in capitals", _name("KINGÕS COLLEGE"), refused=UNREADABLE, says=("MacRoman",)),
    Case("a name in UTF-8 read on a Mac", _name("King‚Äôs"), refused=UNREADABLE, says=("encoded twice (1)",)),
    Case("a name in UTF-8 read in DOS", _name("St Th├®r├¿se"), refused=UNREADABLE, says=("encoded twice (1)",)),
    Case("a name with a replacement character", _name("St Th\ufffdr\ufffdse"), refused=UNREADABLE, says=("U+FFFD", "(1)")),
    Case("a byte of Windows in a name of a UTF-8 file", _name("Cafe"), _bytes("organisations", b"Cafe", b"Caf\xe9"), refused=UNREADABLE, says=("column NAME", "U+FFFD", "(1)")),
    Case("right letters in names", _name("King’s – Šeks, São Élan")),
    Case("a comment encoded twice", lambda r: r.responses.set(0, "COMMENTS", "CafÃ©")),
    Case("a name that is an error", lambda r: r.organisations.set(5, "NAME", "#REF!"), quarantined={"no_name": 1, "unknown_trust": 8, "sample_row_quarantined": 8}, sampled=16, respondents=8),
    Case("a name that is NULL", lambda r: r.organisations.rows.append(["trust", "RZ9", "NULL", ""]), quarantined={"no_name": 1}),
    Case("a byte of Windows in a comment of a UTF-8 file", lambda r: r.responses.set(0, "COMMENTS", "Café, naïve"), _bytes("responses", b"fine", b"fin\xe9")),
    Case("a code with a damaged letter", lambda r: r.responses.set(0, "Q3", "1\ufffd"), refused=CODE, says=("Q3", "not shown")),
)  # fmt: skip

TAKEN = (
    Case("lines of commas alone", damage=_append("sample", "," * 13, "," * 13, ",,,")),
    Case("lines of quoted blanks alone", damage=_append("responses", '"",""', " , ")),
    Case("nameless empty columns", damage=_trailing_commas),
    Case("hexadecimal record numbers", _hexadecimal),
    Case("a power of ten among decimal numbers", _as_text_of_floats, quarantined={"unreadable_record_number": 1}, sampled=23),
    Case("invisible characters", _invisible),
    Case("ICD-10 codes as they are written", _icd10),
)  # fmt: skip

SAID = (
    Case("a header that stands again", _header_again, refused=STRUCTURE, says=("refused, 1 problem;", "the header stands again in row 20", "delete these rows")),
    Case("rows in which a platform describes the columns", _described, refused=STRUCTURE, says=("refused, 1 problem;", "rows 2, 3: texts or marks of a survey platform")),
    Case("NULL where there is no answer", lambda r: r.responses.set_all("Q3", "NULL"), refused=CODE, says=("'NULL' (16)", "missing_codes of Q3")),
    Case("a point where there is no answer", lambda r: r.responses.set(0, "Q3", "."), refused=CODE, says=("'.' (1)", "missing_codes of Q3")),
    Case("NA for a covariate", lambda r: r.sample.set(0, "SEX", "NA"), refused=CODE, says=("'NA' (1)", "missing_codes of SEX")),
    Case("-99 for an outcome", lambda r: r.sample.set(0, "OUTCOME", "-99"), refused=CODE, says=("'-99' (1)", "missing_codes of OUTCOME")),
    Case("a word that may be a name is not shown", lambda r: r.responses.set(0, "Q3", "SMITH"), refused=CODE, says=("not shown", "response_options.csv")),
)  # fmt: skip
