"""The quality report is published: no cell that the publication tables hide is in it.

The tiny warehouse is spoilt in a copy: one trust is hidden in the published response rates, while its figures stay in
the marts.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.results import CheckResult
from orchestration.release.records.checks import read_results, write_results
from orchestration.release.records.decision import DECISION_FILE
from orchestration.release.report.collect import collect_report_inputs
from orchestration.release.report.inputs import ReportInputs
from orchestration.release.report.render import render_report
from orchestration.settings import Settings
from tests.contract.conftest import YEARS, TinyWarehouse
from tests.decisions import decided

pytestmark = pytest.mark.slow

YEAR = YEARS[-1]
HIDDEN_RATES = """
    select pub.organisation_code, pub.group_code, marts.response_rate as value
    from publication.pub_response_rates as pub
    inner join marts.fct_response_rates as marts using (survey_year, level, organisation_code, group_kind, group_code)
    where pub.status <> 'published' and marts.response_rate is not null
"""
HIDDEN_SCORES = """
    select pub.organisation_code, pub.question_id, marts.score as value, marts.n_base, marts.n_positive
    from publication.pub_question_scores as pub
    inner join marts.fct_question_scores as marts
        using (survey_year, level, organisation_code, group_kind, group_code, question_id, base_kind)
    where
        pub.level = 'trust' and pub.group_kind = 'all' and pub.status like 'suppressed%' and marts.score is not null
        and marts.question_kind = 'scored'
"""


Report = Callable[..., tuple[ReportInputs, str]]


@pytest.fixture(scope="module")
def warehouse(tiny: TinyWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("hidden") / "warehouse.duckdb"
    shutil.copy(tiny.database, copy)
    change(
        copy,
        "update publication.pub_response_rates set status = 'suppressed_primary', n_mailed_eligible = null, "
        "n_responded = null, response_rate = null, ci_lower = null, ci_upper = null where organisation_code = "
        "(select min(organisation_code) from publication.pub_response_rates where level = 'trust')",
    )
    return copy


def change(database: Path, sql: str) -> None:
    with duckdb.connect(database.as_posix()) as connection:
        connection.execute(sql)


def rows(database: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(database.as_posix(), read_only=True) as connection:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def report_of(tmp_path: Path) -> Report:
    """The contents and the page of the report on a stored candidate that was made from a warehouse."""

    def report(database: Path, *results: CheckResult) -> tuple[ReportInputs, str]:
        write_results(tmp_path, results, 20)
        decision = decided(results, release_year=YEAR, deliveries={YEAR: "b" * 12})
        (tmp_path / DECISION_FILE).write_text(decision.to_json(), encoding="utf-8")
        settings = Settings(home=tmp_path / "home", data_origin="synthetic")
        inputs = collect_report_inputs(settings, tmp_path, database, {}, (YEAR,))
        return inputs, render_report(replace(inputs, results=tuple(read_results(tmp_path))))

    return report


def beside(page: str, code: str) -> str:
    """All table rows of a page that name an organisation."""
    found = [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if re.search(rf"\b{code}\b", row)]
    return " ".join(found)


def test_no_hidden_response_rate_is_beside_its_organisation(warehouse: Path, report_of: Report) -> None:
    inputs, page = report_of(warehouse)
    hidden = rows(warehouse, HIDDEN_RATES)
    assert hidden, "nothing is hidden, so nothing is shown"
    shown = {rate.code for rate in inputs.response_rates if rate.level == "trust"}
    assert shown, "no trust is shown"
    for cell in hidden:
        assert cell["organisation_code"] not in shown
        assert f"{cell['value'] * 100:.1f}%" not in beside(page, cell["organisation_code"])
    assert all(rate.rate is not None and rate.n_eligible is not None for rate in inputs.response_rates)


def test_the_rate_of_a_year_that_hides_it_is_not_shown_as_that_of_the_year_before(
    warehouse: Path, report_of: Report, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, copy)
    change(
        copy,
        f"update publication.pub_response_rates set status = 'suppressed_primary', response_rate = null "
        f"where survey_year = {YEAR - 1} and level = 'trust'",
    )
    trusts = [rate for rate in report_of(copy)[0].response_rates if rate.level == "trust"]
    assert trusts
    assert {rate.previous_rate for rate in trusts} == {None}


def test_no_hidden_score_is_beside_its_organisation(warehouse: Path, report_of: Report) -> None:
    hidden = rows(warehouse, HIDDEN_SCORES)
    assert hidden, "nothing is hidden, so nothing is shown"
    groups = tuple(
        {
            "trust_code": cell["organisation_code"],
            "question_id": cell["question_id"],
            "observed": cell["value"],
            "n_affected": cell["n_positive"],
            "denominator": cell["n_base"],
        }
        for cell in hidden
    )
    failed = CheckResult(
        "marts_scores", "marts", "Scores", "why", "critical", "fail", groups=groups, n_groups=len(groups), n_affected=3
    )
    inputs, page = report_of(warehouse, failed)
    assert "withheld" in page
    published = {f"{rate:.1%}" for row in inputs.response_rates for rate in (row.rate, row.previous_rate) if rate}
    for cell in hidden:
        cells = set(re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", beside(page, cell["organisation_code"])))
        assert cells, "the organisation concerned is still named"
        assert not cells & ({f"{cell['value']:.6g}", f"{cell['value']:.1%}", str(cell["n_positive"])} - published)


def test_sums_over_organisations_leave_hidden_ones_out(warehouse: Path, report_of: Report) -> None:
    """The number outside their range less those that are published would give information on the hidden ones."""
    counted = {row.level: (row.n_cells, row.n_above, row.n_below) for row in report_of(warehouse)[0].diagnostics}
    published = rows(
        warehouse,
        "select level, count(*) as n, count(*) filter (where band = 'above') as above, "
        "count(*) filter (where band = 'below') as below from publication.pub_adjusted_scores "
        f"where survey_year = {YEAR} and status = 'published' group by level",
    )
    assert counted == {row["level"]: (row["n"], row["above"], row["below"]) for row in published}


def test_bases_that_differ_by_few_people_are_counted(warehouse: Path, report_of: Report) -> None:
    """By another way than the query of the report: one table after the other, in Python."""
    key = "level, organisation_code, question_id"
    of_year = f"survey_year = {YEAR} and status = 'published'"
    adjusted = rows(warehouse, f"select {key}, n_base from publication.pub_adjusted_scores where {of_year}")
    unadjusted = {
        tuple(row.values())[:3]: row["n_base"]
        for row in rows(
            warehouse,
            f"select {key}, n_base from publication.pub_question_scores where {of_year} and group_kind = 'all'",
        )
    }
    found = [tuple(row.values())[:3] for row in adjusted if tuple(row.values())[:3] in unadjusted]
    bases = {tuple(row.values())[:3]: row["n_base"] for row in adjusted}
    close = [cell for cell in found if 1 <= abs(bases[cell] - unadjusted[cell]) <= 20]
    counted = report_of(warehouse)[0].two_bases
    assert counted is not None
    assert (counted.n_cells, counted.n_close, counted.threshold) == (len(found), len(close), 20)
    assert close, "no cell differs, so nothing was counted"


def test_every_query_reads_what_is_published_of_organisations() -> None:
    text = Path("orchestration/release/report/queries.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\bmarts\.(\w+)", text))
    # National figures, names, and the counts of questions of a level.
    national = {"fct_question_scores", "fct_score_movements", "fct_blank_answers"}
    assert read == national | {"fct_case_mix_diagnostics", "dim_organisation", "dim_patient_group"}
