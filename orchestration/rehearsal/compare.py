"""A candidate's release files held against published results, cell by cell.

Belongs here: what counts as equal, what cannot be compared and why. Does not belong here: the form of the result
(comparison.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.registry import Registry
from orchestration.rehearsal.candidate import NO_ROW, CandidateCell, read_candidate
from orchestration.rehearsal.comparison import Comparison, Difference, NotCompared, Tally
from orchestration.rehearsal.printing import printed_points
from orchestration.rehearsal.published import (
    ALL_GROUPS,
    NATIONAL,
    TRUST,
    CellKey,
    OtherTable,
    PublishedCell,
    PublishedResults,
    read_published_results,
)

ROW, BASE, HIDDEN = "row", "base", "shown or hidden"
SCORE, INTERVAL = "printed percentage", "interval of a percentage"
RATING, RATING_INTERVAL = "printed mean rating", "interval of a mean rating"
MEASURES = (ROW, BASE, HIDDEN, SCORE, INTERVAL, RATING, RATING_INTERVAL)
TABLES = {(TRUST, True): "trust, all cancers", (TRUST, False): "trust, tumour groups"} | {
    (NATIONAL, True): "nation, all cancers",
    (NATIONAL, False): "nation, tumour groups",
}
# Why a published table does not follow from answers by trust and tumour group, the first that applies.
REASONS = {
    "level": "where patients live does not follow from results by trust",
    "adjusted": "the covariates of patients do not follow from published results",
    "yearonyear": "it needs the covariates of patients and returns of other years",
    "patients": "published results do not cross these patient groups with trusts",
}


def compare_candidate(candidate_files: Path, published: Path, registry: Registry) -> Comparison:
    """Hold a candidate's `pub_question_scores` against the published results of its survey year.

    Compared are the cells of trusts: whether the row is there, base, shown or hidden, printed score, and printed limits
    where the published table prints limits. Bases of the nation are compared where the trusts of the file add up to it.
    A trust without any score is compared by its bases only. Everything else is listed as not compared, with its reason.
    Raises PublishedResultsError or ComparisonError for files that cannot be read.
    """
    results = read_published_results(published, registry)
    return compare_cells(results, read_candidate(candidate_files, results.survey_year), registry)


def compare_cells(
    results: PublishedResults, candidate: Mapping[CellKey, CandidateCell], registry: Registry
) -> Comparison:
    """Compare cells that have been read; see compare_candidate."""
    ratings = {row.question_id for row in registry.questions_of(results.survey_year) if row.question_kind == "rating"}
    with_limits = {_table(key) for key, cell in results.cells.items() if cell.ci_lower is not None}
    without_scores = _trusts_without_scores(results)
    is_whole = _adds_up(results)
    ledger = Ledger()
    for key, cell in results.cells.items():
        if key.level == NATIONAL and not is_whole:
            continue
        found = candidate.get(key, NO_ROW)
        ledger.enter(key, ROW, "row", "row" if key in candidate else "")
        ledger.enter(key, BASE, str(cell.n_base), "" if found.n_base is None else str(found.n_base))
        if key.level == TRUST and key.organisation_code not in without_scores:
            for entry in _printed(cell, found, key.question_id in ratings, _table(key) in with_limits):
                ledger.enter(key, *entry)
    for key in candidate.keys() - results.cells.keys():
        if key.level == TRUST:
            ledger.enter(key, ROW, "", "row")
    return Comparison(
        results.survey_year,
        ledger.tallies(),
        tuple(sorted(ledger.differences, key=lambda row: (MEASURES.index(row.measure), row.cell))),
        tuple(_list_not_compared(results, without_scores, is_whole)),
    )


@dataclass
class Ledger:
    """Comparisons as they are made: [compared, equal] by table and measure, and each difference."""

    counts: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def enter(self, key: CellKey, measure: str, published: str, candidate: str) -> None:
        """Compare one measure of one cell."""
        count = self.counts.setdefault((_table(key), measure), [0, 0])
        count[0] += 1
        count[1] += published == candidate
        if published != candidate:
            self.differences.append(Difference(measure, *key, published, candidate))

    def tallies(self) -> tuple[Tally, ...]:
        """Tallies in the order of tables and measures."""
        order = [(table, measure) for table in TABLES.values() for measure in MEASURES]
        return tuple(Tally(*place, *self.counts[place]) for place in order if place in self.counts)


def _table(key: CellKey) -> str:
    return TABLES[key.level, key.group_code == ALL_GROUPS]


def _printed(
    cell: PublishedCell, found: CandidateCell, is_rating: bool, has_limits: bool
) -> Iterator[tuple[str, str, str]]:
    """Measure, published and candidate value of what a cell prints; score and limits where the release shows one."""
    score = None if cell.score is None else printed_points(cell.score)
    yield HIDDEN, "hidden" if score is None else "shown", "hidden" if found.score is None else "shown"
    if score is None:
        return
    yield RATING if is_rating else SCORE, _points(score), _points(found.score)
    if has_limits:
        limits = [None if limit is None else printed_points(limit) for limit in (cell.ci_lower, cell.ci_upper)]
        measure = RATING_INTERVAL if is_rating else INTERVAL
        yield measure, _interval(*limits), _interval(found.ci_lower, found.ci_upper)


def _points(hundredths: int | None) -> str:
    return "" if hundredths is None else f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _interval(lower: int | None, upper: int | None) -> str:
    return "" if lower is None and upper is None else f"{_points(lower)} to {_points(upper)}"


def _trusts_without_scores(results: PublishedResults) -> dict[str, int]:
    """Trusts for which no score is printed in any cell, with their number of cells."""
    cells: dict[str, int] = {}
    shown: set[str] = set()
    for key, cell in results.cells.items():
        if key.level == TRUST:
            cells[key.organisation_code] = cells.get(key.organisation_code, 0) + 1
            if cell.score is not None:
                shown.add(key.organisation_code)
    return {code: n_cells for code, n_cells in cells.items() if code not in shown}


def _adds_up(results: PublishedResults) -> bool:
    """Whether the trusts of the file add up to the nation in every tumour group and question."""
    gaps: dict[tuple[str, str], int] = {}
    for key, cell in results.cells.items():
        place = (key.group_code, key.question_id)
        gaps[place] = gaps.get(place, 0) + (cell.n_base if key.level == TRUST else -cell.n_base)
    return not any(gaps.values())


def _list_not_compared(
    results: PublishedResults, without_scores: Mapping[str, int], is_whole: bool
) -> Iterator[NotCompared]:
    for code, n_cells in without_scores.items():
        reason = "no score is printed for it in any cell; its bases are compared"
        yield NotCompared(f"trust {code}: scores, intervals, suppression", n_cells, reason)
    bases: dict[str, list[int]] = {TRUST: [], NATIONAL: []}
    for key, cell in results.cells.items():
        bases[key.level].append(cell.n_base)
    if bases[NATIONAL]:
        reason = f"the trusts of the file hold {sum(bases[TRUST]) / max(sum(bases[NATIONAL]), 1):.1%} of its answers"
        if is_whole:
            reason = "trusts print their scores too coarsely to add them up; its bases are compared"
        yield NotCompared("nation: unadjusted scores", len(bases[NATIONAL]), reason)
    for table, n_rows in results.n_other_rows.items():
        yield NotCompared(_name(table), n_rows, _reason(table))


def _name(table: OtherTable) -> str:
    kinds = {"unadjusted": "unadjusted scores", "adjusted": "adjusted scores", "yearonyear": "year on year"}
    patients = {"": "", "sex": " by sex", "imd": " by deprivation"}
    return f"{table.level}: {kinds.get(table.kind, table.kind)}{patients[table.patients]}"


def _reason(table: OtherTable) -> str:
    if table.kind in REASONS:
        return REASONS[table.kind]
    return REASONS["patients"] if table.patients else REASONS["level"]
