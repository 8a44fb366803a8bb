"""Defects of what is in the tables: columns, codes, dates, rows. One each."""

# ruff: noqa: E501, RUF001 - one case a line, so that the cases read as a table
from __future__ import annotations

from orchestration.errors import ExitCode
from tests.integration.intake.sample_returns.cases import Case
from tests.integration.intake.sample_returns.small import Return, Table


def _rename(table: Table, old: str, new: str) -> None:
    table.header[table.position(old)] = new


def _double_rows(given: Return, change: bool) -> None:
    """The responses of one trust once more, with other answers or the same."""
    trust = given.sample.position("TRUST_CODE")
    people = {row[0] for row in given.sample.rows if row[trust] == "RA1"}
    again = [list(row) for row in given.responses.rows if row[0] in people]
    for row in again:
        if change:
            row[1] = "1" if row[1] != "1" else "2"
    given.responses.rows += again


def _answer_a_skipped_question(given: Return) -> None:
    given.responses.set(0, "Q46", "2")
    given.responses.set(0, "Q47", "1")
    given.responses.set(0, "Q48", "2")


def _blank_all_answers(given: Return) -> None:
    row = given.responses.rows[0]
    given.responses.rows[0] = [row[0], *("999" for _ in row[1:])]


def _shift_answers(given: Return) -> None:
    """A cell too few on the left: every answer is under the next question."""
    for row in given.responses.rows:
        row.insert(1, row.pop())


def _discharge(given: Return, row: int, month: str, day: str) -> None:
    given.sample.set(row, "DISCHARGE_MONTH", month)
    given.sample.set(row, "DISCHARGE_DAY", day)


STRUCTURE, CODE = ExitCode.WRONG_STRUCTURE, ExitCode.UNKNOWN_CODE

COLUMNS = (
    Case("a new column", lambda r: r.responses.add("Q99", "1"), refused=STRUCTURE, says=("Q99", "source_columns.csv")),
    Case("a missing column", lambda r: r.responses.drop("Q22"), refused=STRUCTURE, says=("Q22", "not in the file")),
    Case("an optional column missing", lambda r: r.responses.drop("COMMENTS")),
    Case("a doubled column", lambda r: r.responses.add("Q5", "1"), refused=STRUCTURE, says=("Q5", "more than once")),
    Case("doubled but for case", lambda r: r.responses.add("q5", "1"), refused=STRUCTURE, says=("more than once",)),
    Case("a renamed column", lambda r: _rename(r.sample, "SEX", "GENDER"), refused=STRUCTURE, says=("GENDER", "SEX")),
    Case("names in lower case", lambda r: r.responses.header.__setitem__(slice(None), [h.lower() for h in r.responses.header])),
    Case("spaces around names", lambda r: _rename(r.sample, "ICD10", "  ICD10 ")),
    Case("a blank in a name", lambda r: _rename(r.sample, "TRUST_CODE", "Trust Code")),
    Case("full-width letters in a name", lambda r: _rename(r.sample, "SEX", "ＳＥＸ")),
    Case("a nameless column", lambda r: r.sample.add("", "x"), refused=STRUCTURE, says=("no name",)),
    Case("columns in another order", lambda r: [row.reverse() for row in (r.sample.header, *r.sample.rows)]),
    Case("a name that looks like a path", lambda r: r.sample.add("../../etc/passwd", "1"), refused=STRUCTURE, says=("not a name",)),
    Case("a name that looks like SQL", lambda r: r.sample.add("x; DROP TABLE y", "1"), refused=STRUCTURE, says=("not a name",)),
    Case("two problems, both said", lambda r: (r.responses.drop("Q22"), r.responses.set(0, "Q1", "77"), r.sample.set(0, "SEX", "7")), refused=STRUCTURE, says=("Q22", "'77'", "SEX", "3 problems")),
)  # fmt: skip

CODES = (
    Case("an unknown answer code", lambda r: r.responses.set(3, "Q22", "9"), refused=CODE, says=("Q22", "'9'", "(1)", "response_options.csv")),
    Case("an unknown outcome code", lambda r: r.sample.set(3, "OUTCOME", "8"), refused=CODE, says=("OUTCOME", "outcome_codes.csv")),
    Case("an unknown covariate code", lambda r: r.sample.set(3, "ETHNICITY", "Q"), refused=CODE, says=("ETHNICITY", "source_codes.csv")),
    Case("labels instead of codes", lambda r: r.responses.set_all("Q3", "Yes"), refused=CODE, says=("Q3", "labels where codes")),
    Case("decimals in an answer column", lambda r: r.responses.set_all("Q3", "1.5"), refused=CODE, says=("Q3", "type")),
    Case("dates in an answer column", lambda r: r.responses.set_all("Q3", "2018-02-01"), refused=CODE, says=("Q3", "dates")),
    Case("text with a person in an answer column", lambda r: r.responses.set(0, "Q3", "9990001234"), refused=CODE, says=("not shown",)),
    Case("answers shifted by a column", _shift_answers, refused=CODE, says=("Q1",)),
    Case("an unknown level", lambda r: r.organisations.set(0, "LEVEL", "region"), refused=STRUCTURE, says=("LEVEL",)),
    Case("codes with zeros and blanks", lambda r: (r.responses.set(0, "Q1", " 02 "), r.sample.set(0, "SEX", "01"))),
    Case("codes with a zero fraction", lambda r: r.responses.set_all("Q1", "1.0")),
    Case("full-width digits", lambda r: r.responses.set_all("Q1", "１")),
    Case("a whole column blank", lambda r: r.responses.set_all("Q22", "")),
    Case("lower-case ethnicity", lambda r: r.sample.set_all("ETHNICITY", "a")),
    Case("missing codes of every kind", lambda r: (r.responses.set_all("Q22", "999"), r.sample.set(0, "SEX", ""), r.sample.set(1, "SEX", "9"))),
)  # fmt: skip

ROWS = (
    Case("an unknown trust", lambda r: r.sample.set(2, "TRUST_CODE", "XXX"), quarantined={"unknown_trust": 1}, sampled=23),
    Case("an unknown trust of a respondent", lambda r: r.sample.set(0, "TRUST_CODE", "XXX"), quarantined={"unknown_trust": 1, "sample_row_quarantined": 1}, sampled=23, respondents=15),
    Case("every trust unknown", lambda r: r.sample.set_all("TRUST_CODE", "XXX"), refused=STRUCTURE, says=("no response can be accepted", "unknown_trust 24", "sample_row_quarantined 16", "quarantine list")),
    Case("nobody answered", lambda r: r.sample.set_all("OUTCOME", "6"), refused=STRUCTURE, says=("outcome_contradicts_response 16",)),
    Case("no trust", lambda r: r.sample.set(2, "TRUST_CODE", ""), quarantined={"no_trust": 1}, sampled=23),
    Case("an unknown CCG", lambda r: r.sample.set(2, "CCG_CODE", "99Z"), quarantined={"unknown_ccg": 1}, sampled=23),
    Case("no CCG", lambda r: r.sample.set(2, "CCG_CODE", "")),
    Case("a CCG that lost its zero", lambda r: r.sample.set(2, "CCG_CODE", "11")),
    Case("a trust code in lower case", lambda r: r.sample.set(2, "TRUST_CODE", " ra1 ")),
    Case("a response without sample row", lambda r: r.responses.set(0, "PSID", "777"), quarantined={"no_sample_row": 1}, respondents=15),
    Case("a response without number", lambda r: r.responses.set(0, "PSID", ""), quarantined={"no_record_number": 1}, respondents=15),
    Case("a number a spreadsheet spoiled", lambda r: r.sample.set(2, "PSID", "1.80E+07"), quarantined={"unreadable_record_number": 1}, sampled=23),
    Case("a number with zeros in front", lambda r: r.responses.set(0, "PSID", "00" + r.responses.rows[0][0])),
    Case("exact duplicates", lambda r: _double_rows(r, change=False), folded=8),
    Case("a trust doubled with other answers", lambda r: _double_rows(r, change=True), quarantined={"duplicate_with_other_content": 16}, respondents=8),
    Case("a sample row twice, different", lambda r: (r.sample.rows.append(list(r.sample.rows[2])), r.sample.set(2, "IMD_QUINTILE", "")), quarantined={"duplicate_with_other_content": 2}, sampled=23),
    Case("a sample row twice, equal", lambda r: r.sample.rows.append(list(r.sample.rows[2])), folded=1),
    Case("no outcome", lambda r: r.sample.set(2, "OUTCOME", ""), quarantined={"impossible_outcome": 1}, sampled=23),
    Case("a response of an undelivered form", lambda r: r.sample.set(0, "OUTCOME", "2"), quarantined={"outcome_contradicts_response": 1}, respondents=15),
    Case("returned without a response", lambda r: r.sample.set(2, "OUTCOME", "1")),
    Case("a month 13", lambda r: r.sample.set(2, "BIRTH_MONTH", "13"), quarantined={"impossible_date": 1}, sampled=23),
    Case("the 31st of June", lambda r: (r.sample.set(2, "DISCHARGE_MONTH", "6"), r.sample.set(2, "DISCHARGE_DAY", "31")), quarantined={"impossible_date": 1}, sampled=23),
    Case("day and month exchanged", lambda r: _discharge(r, 2, "12", "5"), quarantined={"outside_survey_months": 1}, sampled=23),
    Case("day and month exchanged of a respondent", lambda r: _discharge(r, 0, "7", "4"), quarantined={"outside_survey_months": 1, "sample_row_quarantined": 1}, sampled=23, respondents=15),
    Case("discharged before the first month", lambda r: _discharge(r, 2, "3", "31"), quarantined={"outside_survey_months": 1}, sampled=23),
    Case("the first day of the first month", lambda r: _discharge(r, 2, "4", "1")),
    Case("the last day of the last month", lambda r: _discharge(r, 2, "6", "30")),
    Case("discharged a year before", lambda r: r.sample.set(2, "DISCHARGE_YEAR", "2017"), quarantined={"outside_survey_months": 1}, sampled=23),
    Case("the list of another quarter", lambda r: r.sample.set_all("DISCHARGE_MONTH", "1"), refused=STRUCTURE, says=("outside_survey_months 24",)),
    Case("no date of discharge", lambda r: [_discharge(r, 2, "", ""), r.sample.set(2, "DISCHARGE_YEAR", "")]),
    Case("no day of discharge", lambda r: r.sample.set(2, "DISCHARGE_DAY", "")),
    Case("a month of no year", lambda r: (r.sample.set(2, "DISCHARGE_YEAR", ""), r.sample.set(2, "DISCHARGE_MONTH", "9")), quarantined={"outside_survey_months": 1}, sampled=23),
    Case("a child of another quarter", lambda r: (r.sample.set(2, "BIRTH_YEAR", "2008"), r.sample.set(2, "DISCHARGE_MONTH", "9")), excluded={"under_16": 1}, sampled=23),
    Case("a day that cannot be, exchanged or not", lambda r: _discharge(r, 2, "2", "30"), quarantined={"impossible_date": 1}, sampled=23),
    Case("born in 1785", lambda r: r.sample.set(2, "BIRTH_YEAR", "1785"), quarantined={"impossible_date": 1}, sampled=23),
    Case("born after discharge", lambda r: r.sample.set(2, "BIRTH_YEAR", "2020"), quarantined={"impossible_date": 1}, sampled=23),
    Case("a year in words", lambda r: r.sample.set(2, "BIRTH_YEAR", "fifty"), quarantined={"impossible_date": 1}, sampled=23),
    Case("a year in numerals that are no digits", lambda r: r.sample.set(2, "BIRTH_YEAR", "፩፱፵"), quarantined={"impossible_date": 1}, sampled=23),
    Case("a year of five thousand digits", lambda r: r.sample.set(2, "BIRTH_YEAR", "1" * 5000), quarantined={"impossible_date": 1}, sampled=23),
    Case("a child", lambda r: r.sample.set(0, "BIRTH_YEAR", "2008"), excluded={"under_16": 1, "sample_row_excluded": 1}, sampled=23, respondents=15),
    Case("no birth year", lambda r: r.sample.set(2, "BIRTH_YEAR", "")),
    Case("an ICD-10 code of no cancer", lambda r: r.sample.set(2, "ICD10", "J45"), quarantined={"unknown_icd10": 1}, sampled=23),
    Case("a code that is no ICD-10", lambda r: r.sample.set(2, "ICD10", "breast"), quarantined={"unknown_icd10": 1}, sampled=23),
    Case("an ICD-10 code in lower case", lambda r: r.sample.set(2, "ICD10", "c50.9")),
    Case("answers that should have been skipped", _answer_a_skipped_question, edits=2),
    Case("a form without a scored answer", _blank_all_answers, excluded={"not_useable": 1}, respondents=15),
    Case("a patient who answered nothing is no response", lambda r: r.responses.rows.pop(), respondents=15),
    Case("an organisation twice", lambda r: r.organisations.rows.append(list(r.organisations.rows[-1])), folded=1),
    Case("a CCG without alliance", lambda r: r.organisations.set(2, "PARENT_CODE", ""), refused=STRUCTURE, says=("without a parent",)),
    Case("a parent that is not there", lambda r: r.organisations.set(2, "PARENT_CODE", "E99"), refused=STRUCTURE, says=("E99",)),
    Case("no trust in the organisation file", lambda r: r.organisations.rows.__delitem__(slice(5, 8)), refused=STRUCTURE, says=("level trust",)),
    Case("names that look like SQL", lambda r: r.organisations.set(5, "NAME", "'; DROP TABLE x; --")),
)  # fmt: skip
