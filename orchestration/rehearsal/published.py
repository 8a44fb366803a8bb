"""Published results of one survey year, as they were printed.

Belongs here: the format of the published results file. Does not belong here: what is done with its figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orchestration.errors import ExitCode, ProgramError
from orchestration.registry import Registry

if TYPE_CHECKING:
    import pyarrow as pa

# Levels whose figures can be compared, by their names in the file. Results by trust do not say who lives where.
LEVELS = {"Trust": "trust", "National": "national"}
NATIONAL = "national"
TRUST = "trust"
ALL_CANCERS = "All Cancers"
ALL_GROUPS = "all"
# Rows of the unadjusted tables by tumour group: both sexes, all deprivation quintiles.
UNADJUSTED = {"kind": "unadjusted", "sex": "Both", "imd": "All"}
COLUMNS = ("level", "code", "year", "sex", "imd", "cancer", "question", "kind", "n", "score", "ci_lo", "ci_hi")


class OtherTable(NamedTuple):
    """A published table that is only counted, by the file's names. `patients` is empty, `sex` or `imd`."""

    level: str
    kind: str
    patients: str


class PublishedResultsError(ProgramError):
    """The published results file cannot be used; the message names file, column or row, and the next step."""

    exit_code = ExitCode.USAGE


class CellKey(NamedTuple):
    """Identity of a published cell within its survey year. `group_code` is `all` or a tumour group."""

    level: str
    organisation_code: str
    group_code: str
    question_id: str


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """What is printed in a cell: percent with limits in percent, or rating in points. None: printed empty."""

    n_base: int
    score: Decimal | None
    ci_lower: Decimal | None
    ci_upper: Decimal | None


@dataclass(frozen=True)
class PublishedTable:
    """One trust's results for one question: all cancers, and every tumour group."""

    organisation_code: str
    question_id: str
    total: PublishedCell
    groups: Mapping[str, PublishedCell]


@dataclass(frozen=True)
class PublishedResults:
    """Unadjusted results of a survey year by trust and nation; of every other published table the number of rows."""

    survey_year: int
    cells: Mapping[CellKey, PublishedCell]
    n_other_rows: Mapping[OtherTable, int]

    def tables(self) -> Iterator[PublishedTable]:
        """Yield the tables of the trusts in the order of the file; PublishedResultsError where a total is absent."""
        tables: dict[tuple[str, str], dict[str, PublishedCell]] = {}
        for key, cell in self.cells.items():
            if key.level == TRUST:
                tables.setdefault((key.organisation_code, key.question_id), {})[key.group_code] = cell
        for (organisation_code, question_id), groups in tables.items():
            total = groups.pop(ALL_GROUPS, None)
            if total is None:
                raise PublishedResultsError(
                    f"{self.survey_year}: trust {organisation_code}, {question_id}: no row for {ALL_CANCERS!r}. "
                    "Check that the published file is whole."
                )
            yield PublishedTable(organisation_code, question_id, total, groups)


def read_published_results(path: Path, registry: Registry) -> PublishedResults:
    """Read a published results file (CSV, may be gzipped): a row a level x organisation x group x question x kind.

    The survey year is the one year that has unadjusted rows. Other levels and other tables (adjusted, year on year, by
    sex and deprivation) are only counted: they do not follow from answers by trust and tumour group.
    Raises PublishedResultsError for missing columns, unknown codes, doubled rows and figures that are no numbers.
    """
    rows = _read_rows(path)
    wanted, n_other_rows = _choose_rows(rows)
    years = wanted.column("year").unique().to_pylist()
    if len(years) != 1 or not years[0].isdecimal():
        raise PublishedResultsError(
            f"{path.name}, column year: unadjusted rows of {len(years)} survey years ({', '.join(sorted(years))}), "
            "one is expected. Pass the published results of one survey year."
        )
    survey_year = int(years[0])
    questions = {row.question_number: row.question_id for row in registry.questions_of(survey_year) if row.has_score}
    groups = {ALL_CANCERS: ALL_GROUPS} | {row.group_label: row.group_code for row in registry.groups("tumour_group")}
    # The file calls the nation `All`; the registry has its code.
    national_codes = {row.level: row.national_code for row in registry.organisation_levels}
    cells: dict[CellKey, PublishedCell] = {}
    names = ("level", "code", "cancer", "question", "n", "score", "ci_lo", "ci_hi")
    columns = [wanted.column(name).to_pylist() for name in names]
    for level, code, cancer, question, *figures in zip(*columns, strict=True):
        where = f"{path.name}, {level} {code}, {cancer}, {question}"
        key = CellKey(
            LEVELS[level],
            national_codes[LEVELS[level]] or code,
            _translate(groups, cancer, where, "cancer"),
            _translate(questions, question, where, "question"),
        )
        if key in cells:
            raise PublishedResultsError(f"{where}: the row is there twice. Remove one of the two.")
        cells[key] = _read_cell(figures, where)
    return PublishedResults(survey_year, cells, n_other_rows)


def _read_rows(path: Path) -> pa.Table:
    """All rows as text, in the order of the file."""
    import pyarrow as pa
    from pyarrow import csv

    if not path.is_file():
        raise PublishedResultsError(f"{path} is no file. Name the published results with --published.")
    text = {name: pa.string() for name in COLUMNS}
    rows = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=text, strings_can_be_null=False))
    missing = [name for name in COLUMNS if name not in rows.column_names]
    if missing:
        raise PublishedResultsError(
            f"{path.name}: column {', '.join(missing)} is missing. It needs {', '.join(COLUMNS)}."
        )
    return rows.select(COLUMNS)


def _choose_rows(rows: pa.Table) -> tuple[pa.Table, dict[OtherTable, int]]:
    """Unadjusted rows by tumour group of the comparable levels, and the number of rows of every other table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_wanted = pc.is_in(rows["level"], pa.array(LEVELS))
    for column, value in UNADJUSTED.items():
        is_wanted = pc.and_(is_wanted, pc.equal(rows[column], value))
    other = rows.filter(pc.invert(is_wanted)).group_by(["level", "kind", "sex", "imd"]).aggregate([([], "count_all")])
    n_other_rows: dict[OtherTable, int] = {}
    for row in other.sort_by([(name, "ascending") for name in ("level", "kind", "sex", "imd")]).to_pylist():
        patients = "sex" if row["sex"] != "Both" else "imd" if row["imd"] != "All" else ""
        table = OtherTable(row["level"], row["kind"], patients)
        n_other_rows[table] = n_other_rows.get(table, 0) + row["count_all"]
    return rows.filter(is_wanted), n_other_rows


def _translate(names: Mapping[str, str], name: str, where: str, column: str) -> str:
    code = names.get(name)
    if code is None:
        raise PublishedResultsError(f"{where}: column {column} holds {name!r}. Known: {', '.join(names)}.")
    return code


def _read_cell(figures: list[str], where: str) -> PublishedCell:
    """Base, score and limits of a row. Nothing is printed for a base that is empty: it counts as 0."""
    n_base, *printed = figures
    try:
        score, lower, upper = (Decimal(figure) if figure else None for figure in printed)
        return PublishedCell(int(n_base or 0), score, lower, upper)
    except (InvalidOperation, ValueError) as error:
        raise PublishedResultsError(
            f"{where}: {', '.join(figures)} in the columns n, score, ci_lo, ci_hi are no numbers. Correct the row."
        ) from error
