from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from orchestration.registry import Registry
from orchestration.rehearsal.candidate import ComparisonError
from orchestration.rehearsal.compare import compare_candidate
from orchestration.rehearsal.comparison import Comparison
from orchestration.rehearsal.comparison_table import render_comparison
from orchestration.rehearsal.published import read_published_results

from .released import Counts, published_row, small_release, write_release


def candidate_of(release: Path, registry: Registry) -> pd.DataFrame:
    """A candidate that prints exactly what the release prints, with limits in tumour groups too, as ours have them."""
    rows = []
    for key, cell in read_published_results(release, registry).cells.items():
        status = "published" if cell.score is not None else "suppressed_primary" if cell.n_base else "no_answers"
        is_shown = cell.score is not None
        rows.append(
            {
                "survey_year": 2018,
                "level": key.level,
                "organisation_code": key.organisation_code,
                "group_kind": "all" if key.group_code == "all" else "tumour_group",
                "group_code": key.group_code,
                "question_id": key.question_id,
                "base_kind": "all_answers",
                "status": status,
                "n_base": cell.n_base,
                "score_printed": float(cell.score) if is_shown else None,
                "ci_lower_printed": float(cell.ci_lower or 1) if is_shown else None,
                "ci_upper_printed": float(cell.ci_upper or 99) if is_shown else None,
            }
        )
    earlier = {**rows[0], "survey_year": 2017, "n_base": 1}
    other_base = {**rows[0], "base_kind": "case_mix_complete", "n_base": 2}
    by_sex = {**rows[0], "group_kind": "sex", "group_code": "female", "n_base": 3}
    return pd.DataFrame([*rows, earlier, other_base, by_sex])


Compare = Callable[[pd.DataFrame], Comparison]


@pytest.fixture
def compare(release: Path, registry: Registry, tmp_path: Path) -> Compare:
    def run(candidate: pd.DataFrame) -> Comparison:
        folder = tmp_path / "files" / "parquet"
        folder.mkdir(parents=True, exist_ok=True)
        candidate.to_parquet(folder / "pub_question_scores.parquet")
        return compare_candidate(folder.parent, release, registry)

    return run


def at(candidate: pd.DataFrame, group: str, question: str, code: str = "R01") -> pd.Series:
    return (
        (candidate["survey_year"] == 2018)
        & (candidate["base_kind"] == "all_answers")
        & (candidate["group_kind"] != "sex")
        & (candidate["organisation_code"] == code)
        & (candidate["group_code"] == group)
        & (candidate["question_id"] == question)
    )


def test_a_candidate_that_prints_the_release_is_equal(release: Path, registry: Registry, compare: Compare) -> None:
    comparison = compare(candidate_of(release, registry))
    assert comparison.is_equal, comparison.differences
    tallies = {(tally.table, tally.measure): (tally.n_compared, tally.n_equal) for tally in comparison.tallies}
    assert tallies == {
        ("trust, all cancers", "row"): (8, 8),
        ("trust, all cancers", "base"): (8, 8),
        ("trust, all cancers", "shown or hidden"): (5, 5),
        ("trust, all cancers", "printed percentage"): (4, 4),
        ("trust, all cancers", "interval of a percentage"): (4, 4),
        ("trust, all cancers", "printed mean rating"): (1, 1),
        ("trust, all cancers", "interval of a mean rating"): (1, 1),
        ("trust, tumour groups", "row"): (104, 104),
        ("trust, tumour groups", "base"): (104, 104),
        ("trust, tumour groups", "shown or hidden"): (65, 65),
        ("trust, tumour groups", "printed percentage"): (7, 7),
        ("trust, tumour groups", "printed mean rating"): (2, 2),
    }


@pytest.mark.parametrize(
    ("group", "question", "changes", "expected"),
    [
        ("breast", "q1", {"n_base": 41}, [("base", "40", "41")]),
        ("breast", "q1", {"score_printed": 76.0}, [("printed percentage", "75", "76")]),
        ("breast", "q59", {"score_printed": 8.51}, [("printed mean rating", "8.5", "8.51")]),
        ("all", "q22", {"ci_upper_printed": 74.6}, [("interval of a percentage", "54.1 to 74.5", "54.1 to 74.6")]),
        ("all", "q59", {"ci_lower_printed": 8.0}, [("interval of a mean rating", "8.01 to 9.04", "8 to 9.04")]),
        (
            "lung",
            "q1",
            {"status": "suppressed_secondary"},
            [("shown or hidden", "shown", "hidden"), ("printed percentage", "61", "")],
        ),
        (
            "skin",
            "q1",
            {"status": "published", "score_printed": 100.0},
            [("shown or hidden", "hidden", "shown")],
        ),
    ],
)
def test_every_kind_of_difference_is_found(
    release: Path,
    registry: Registry,
    compare: Compare,
    group: str,
    question: str,
    changes: dict[str, object],
    expected: list[tuple[str, str, str]],
) -> None:
    candidate = candidate_of(release, registry)
    for column, value in changes.items():
        candidate.loc[at(candidate, group, question), column] = value
    comparison = compare(candidate)
    assert not comparison.is_equal
    found = [(row.measure, row.published, row.candidate) for row in comparison.differences]
    assert found == expected
    assert {row.cell for row in comparison.differences} == {("trust", "R01", group, question)}
    assert sum(tally.n_different for tally in comparison.tallies) == len(expected)


def test_rows_that_only_one_side_has_are_found(release: Path, registry: Registry, compare: Compare) -> None:
    candidate = candidate_of(release, registry)
    candidate = candidate[~at(candidate, "sarcoma", "q1")]
    candidate.loc[at(candidate, "all", "q1", "R02"), "organisation_code"] = "R99"
    found = [(row.measure, *row.cell[1:], row.published, row.candidate) for row in compare(candidate).differences]
    assert found == [
        ("row", "R01", "sarcoma", "q1", "row", ""),
        ("row", "R02", "all", "q1", "row", ""),
        ("row", "R99", "all", "q1", "", "row"),
        ("base", "R01", "sarcoma", "q1", "1", ""),
        ("base", "R02", "all", "q1", "5", ""),
    ]


def test_a_trust_without_any_score_is_compared_by_its_bases(
    release: Path, registry: Registry, compare: Compare
) -> None:
    candidate = candidate_of(release, registry)
    candidate.loc[at(candidate, "all", "q1", "R02"), ["status", "score_printed"]] = ["published", 60.0]
    comparison = compare(candidate)
    assert comparison.is_equal
    assert [(left.source, left.n_cells) for left in comparison.not_compared] == [
        ("trust R02: scores, intervals, suppression", 42)
    ]


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_nation_is_compared_by_its_bases_where_the_trusts_add_up_to_it(
    registry: Registry, tmp_path: Path, is_whole: bool
) -> None:
    rows = small_release()
    bases: dict[tuple[str, str], int] = {}
    for row in rows:
        bases[row["cancer"], row["question"]] = bases.get((row["cancer"], row["question"]), 0) + int(row["n"])
    if not is_whole:
        bases["All Cancers", "Q1"] += 1000
    rows += [
        published_row("National", "All", cancer, question, Counts(n, n // 2), is_shown=n > 20 and question != "Q59")
        for (cancer, question), n in bases.items()
    ]
    release = write_release(tmp_path / "published.csv", rows)
    candidate = candidate_of(release, registry)
    # National scores follow only roughly, so another one is no difference; another base is.
    candidate.loc[at(candidate, "all", "q22", "ENG"), "score_printed"] = 1.0
    candidate.to_csv(tmp_path / "pub_question_scores.csv", index=False)
    comparison = compare_candidate(tmp_path / "pub_question_scores.csv", release, registry)
    assert comparison.is_equal, comparison.differences
    tables = {(tally.table, tally.measure) for tally in comparison.tallies if tally.table.startswith("nation")}
    both = {(table, what) for table in ("nation, all cancers", "nation, tumour groups") for what in ("row", "base")}
    assert tables == (both if is_whole else set())
    nation = next(left for left in comparison.not_compared if left.source.startswith("nation"))
    assert nation.n_cells == len(bases)
    assert ("too coarsely" if is_whole else "% of its answers") in nation.reason


def test_a_candidate_as_csv_reads_alike(release: Path, registry: Registry, tmp_path: Path, compare: Compare) -> None:
    candidate = candidate_of(release, registry)
    candidate.to_csv(tmp_path / "reconstructed_pub_question_scores.csv", index=False)
    assert compare_candidate(tmp_path / "reconstructed_pub_question_scores.csv", release, registry) == compare(
        candidate
    )


def test_files_that_cannot_be_compared_are_refused(release: Path, registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "candidate"
    folder.mkdir()
    with pytest.raises(ComparisonError, match="holds no pub_question_scores"):
        compare_candidate(folder, release, registry)
    candidate = candidate_of(release, registry)
    path = folder / "pub_question_scores.csv"
    candidate.drop(columns="score_printed").to_csv(path, index=False)
    with pytest.raises(ComparisonError, match="column score_printed is missing"):
        compare_candidate(folder, release, registry)
    candidate[candidate["survey_year"] == 2017].to_csv(path, index=False)
    with pytest.raises(ComparisonError, match="no row of survey year 2018"):
        compare_candidate(folder, release, registry)
    candidate.to_csv(folder / "pub_question_scores_again.csv", index=False)
    with pytest.raises(ComparisonError, match="holds 2 files"):
        compare_candidate(folder, release, registry)


def test_the_result_as_json_csv_and_on_a_terminal(
    release: Path, registry: Registry, compare: Compare, tmp_path: Path
) -> None:
    candidate = candidate_of(release, registry)
    candidate.loc[at(candidate, "breast", "q1"), "score_printed"] = 76.0
    comparison = compare(candidate)
    as_json = json.loads(json.dumps(comparison.to_json()))
    assert as_json["is_equal"] is False
    assert {"table": "trust, tumour groups", "measure": "printed percentage"}.items() <= next(
        tally for tally in as_json["tallies"] if tally["n_different"]
    ).items()
    comparison.write_differences(tmp_path / "differences.csv")
    with (tmp_path / "differences.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [
            {
                "measure": "printed percentage",
                "level": "trust",
                "organisation_code": "R01",
                "group_code": "breast",
                "question_id": "q1",
                "published": "75",
                "candidate": "76",
            }
        ]
    terminal = io.StringIO()
    Console(width=160, file=terminal).print(render_comparison(comparison))
    text = terminal.getvalue()
    assert "Different: 1 of 313 comparisons" in text
    assert "no score is printed for it in any cell" in text
