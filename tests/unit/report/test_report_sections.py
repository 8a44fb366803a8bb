"""Each section says what a reviewer needs of it, and says so when there is nothing to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
from report_examples import check, failures, movement, report_inputs, results

from orchestration.release.report.charts import claim_chart, movement_strip
from orchestration.release.report.decide import most_named, what_to_decide, what_to_know
from orchestration.release.report.inputs import Claim, Movement, NotCompared
from orchestration.release.report.registry_queries import SCHEMA_DRIFT, SERIES_BREAKS
from orchestration.release.report.render import render_report
from orchestration.release.report.words import MINUS, MISSING, figure, observed, points, shorten, signed

# The page sets true minus, dash and times signs.
PLAIN = str.maketrans({MINUS: "-", MISSING: "-", "\N{MULTIPLICATION SIGN}": "x"})


def text_of(page: str) -> str:
    """The words of a page, without tags, in plain signs."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.rpartition("<body>")[2]).split()).translate(PLAIN)


def section(page: str, name: str) -> str:
    return page.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def test_what_to_decide_leads_to_the_evidence() -> None:
    page = render_report(report_inputs())
    items = what_to_decide(report_inputs())
    assert [item.anchor for item in items][:3] == ["check-staging_broken", "check-landing_codes", "checks-warning"]
    assert all(f'id="{item.anchor}"' in page for item in [*items, *what_to_know(report_inputs())] if item.anchor)


def test_a_check_without_a_result_is_repaired_and_a_failed_one_corrected() -> None:
    items = {item.anchor: item.text for item in what_to_decide(report_inputs())}
    assert items["check-staging_broken"].startswith("Check could not be evaluated, repair it")
    assert items["check-landing_codes"] == "Rule broken, correct or waive: Codes are known"
    checks = section(render_report(report_inputs()), "checks")
    headings = ("Could not be evaluated (1)", "Failed, critical (1)", "Warnings (1)")
    assert checks.index(headings[0]) < checks.index(headings[1]) < checks.index(headings[2])
    broken = checks.partition('id="check-staging_broken"')[2].partition("</article>")[0]
    assert "the check did not finish" in broken and "Binder Error" in broken
    assert "Affected" not in broken


def test_a_check_that_cannot_be_waived_is_not_offered_a_waiver() -> None:
    inputs = report_inputs(results(check("landing_origin", "landing", "fail", is_waivable=False)))
    assert any("cannot be waived" in item.text for item in what_to_decide(inputs))
    assert not any("waive:" in item.text for item in what_to_decide(inputs))


def test_signing_is_asked_of_a_passed_release_only() -> None:
    assert not any(item.text.startswith("Sign as") for item in what_to_decide(report_inputs()))
    assert any(item.text == "Sign as quality assurer" for item in what_to_decide(report_inputs(results())))
    assert "There is nothing to sign" in section(render_report(report_inputs()), "signoff")
    assert "ncpes sign 2018" in section(render_report(report_inputs(results())), "signoff")


def test_the_missing_audit_forbids_actual_returns_and_is_known_of_examples() -> None:
    actual = report_inputs(results(), data_origin="actual")
    assert any(item.text.startswith("Do not publish yet") for item in what_to_decide(actual))
    assert any("disclosure audit" in item.text for item in what_to_know(report_inputs(results())))


def test_comparisons_without_a_loaded_year_are_named_with_the_verdict() -> None:
    rows = (NotCompared("2017 to 2018", "2017 is not loaded", 52, "national", "not_loaded"),)
    verdict = section(render_report(report_inputs(results(), not_compared=rows)), "verdict")
    assert "Not compared, because a year is not loaded: 2017 to 2018" in verdict
    assert "1 of 2 headline claims could not be computed" in verdict
    assert "1 check does not apply to this load" in verdict


def test_figures_out_of_line_ask_for_a_decision() -> None:
    moved = Movement("q22", "Q22", "Financial help", False, 0.58, 0.86, 0.28, 0.024)
    texts = [item.text for item in what_to_decide(report_inputs(results(), movements=(moved,)))]
    assert "Explain 1 national movement outside the limits: Q22" in texts
    assert "Explain 1 of 2 published figures that are not reproduced" in texts
    assert "Approve the notice to users of what is no longer asked: Q30" in texts
    assert "Accept or question the 73 rows that differ from version 2018.1.0" in texts


def test_what_several_failed_checks_name_is_shown() -> None:
    first, second = ({"question_id": "q2", "observed": 1}, {"question_id": "q7", "observed": 1})
    failed = [
        check("marts_a", "marts", "fail", groups=(first, second), n_groups=2),
        check("marts_b", "marts", "fail", groups=(first,), n_groups=1),
    ]
    assert most_named(failed, "question_id") == [("q2", 2)]
    verdict = section(render_report(report_inputs(results(*failed))), "verdict")
    assert "Q2 How do you feel about the wait, part 2: 2 failed checks" in verdict
    assert "Most often named by failed checks" not in render_report(report_inputs())


def test_a_break_of_a_series_is_shown_however_many_scores_moved() -> None:
    moved = tuple(movement(n) for n in range(1, 60))
    broken = Movement("q5", "Q5", "Broken series", False, 0.7, 0.75, None, None, "wording changed")
    page = section(render_report(report_inputs(movements=(*moved, broken))), "movements")
    breaks = page.partition("Known breaks of series")[2]
    assert "Q5 Broken series" in breaks and "wording changed" in breaks
    assert "Q8 Could you bring a friend" in breaks and "comparable from 2016" in breaks
    assert all(f"part {n}<" in page for n in range(1, 60))


def test_movements_are_drawn_against_their_own_limit() -> None:
    within = movement_strip(movement(10))
    assert "<circle" in within and "outside" not in within
    outside = movement_strip(Movement("q1", "Q1", "", False, 0.8, 0.818, 0.018, 0.012))
    far = movement_strip(Movement("q1", "Q1", "", False, 0.8, 0.5, -0.3, 0.012))
    assert "outside" in outside and "outside" in far and outside != far
    assert movement_strip(Movement("q1", "Q1", "", False, 0.8, 0.82, 0.02, None)) == ""
    words = text_of(render_report(report_inputs(movements=(Movement("q1", "Q1", "", False, 0.8, 0.5, -0.3, 0.012),))))
    assert "outside, 25.0 x limit" in words and "-30.0" in words


def test_a_bar_is_not_drawn_of_parts_of_opposite_sign() -> None:
    parts = (("published order", 2194.0, -16612.0),)
    claim = Claim("help", "More", "published", -14418.0, 4767.0, 0, False, "Different.", "", "", parts)
    assert claim_chart(claim) == ""
    assert "growth of the survey 2,194; change of scores -16,612" in text_of(
        render_report(report_inputs(claims=(claim,)))
    )


def test_published_figures_are_counted_by_year_and_base() -> None:
    words = text_of(section(render_report(report_inputs()), "reconciliation"))
    assert "2018 all answers 2 1 1 2.0000" in words
    assert "Q2 2018 all answers 84 82.0 -2.0" in words


def test_users_are_given_notice_of_what_is_no_longer_asked() -> None:
    page = section(render_report(report_inputs()), "questionnaire")
    assert "notice to users (1)" in page and "Its results end with that year" in page
    assert "No change is registered since 2017" in render_report(report_inputs(schema_drift=()))


def test_groups_of_patients_are_listed_under_their_kind() -> None:
    page = section(render_report(report_inputs()), "response")
    assert page.index(">age<") < page.index(">16 to 24<")
    assert "-11.7" in text_of(page)


def test_a_withheld_figure_stays_withheld() -> None:
    group = {"trust_code": "RX1", "observed": "withheld", "n_affected": "1-20", "denominator": 300}
    page = render_report(report_inputs(results(check("marts_a", "marts", "fail", groups=(group,), n_groups=1))))
    assert "<td>Trust 1 (RX1)</td><td>withheld</td><td>1-20</td>" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5.62912e6, "5,629,120"), (1.76418e-6, "under 0.0001"), (0.3635872046, "0.3636"), (72341, "72,341"),
     (2018, "2018"), (-0.5, "-0.5"), (0.0, "0"), (None, "-"), ("q22", "q22")],
)  # fmt: skip
def test_figures_are_readable(value: object, shown: str) -> None:
    assert figure(value).translate(PLAIN) == shown


def test_a_change_that_rounds_to_nothing_has_no_direction() -> None:
    shown = [points(-0.0003), points(0.004, is_rating=True), points(0.0306), points(None)]
    assert shown == ["0.0", "0.00", "+3.1", MISSING]


def test_numbers_within_words_are_readable_and_names_are_left() -> None:
    assert observed("624514 to 5.62912e+06 over 2 groups") == "624,514 to 5,629,120 over 2 groups"
    assert observed("1-20 of X56000004, none in q22 of 2018") == "1-20 of X56000004, none in q22 of 2018"
    assert signed("-0.011 to +0.018, all-positive").translate(PLAIN) == "-0.011 to +0.018, all-positive"
    assert shorten("one two three", 9) == "one two…"


@pytest.fixture
def registry() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema registry;
            create table registry.survey_years as select unnest([2016, 2017, 2018]) as survey_year;
            create table registry.questions (
                survey_year int, question_id varchar, question_number varchar, concept_id varchar,
                question_text varchar, question_kind varchar, first_comparable_year int, discontinuity_reason varchar
            );
            create table registry.response_options (
                survey_year int, question_id varchar, option_code int, option_label varchar, role varchar,
                source varchar
            );
            insert into registry.questions values
                (2017, 'q1', 'Q1', 'kept', 'Same?', 'scored', 2016, null),
                (2018, 'q1', 'Q1', 'kept', 'Same?', 'scored', 2016, null),
                (2017, 'q2', 'Q2', 'gone', 'Was it told?', 'scored', 2016, null),
                (2017, 'q3', 'Q3', 'moved', 'Old words?', 'scored', 2016, null),
                (2018, 'q2', 'Q2', 'moved', 'New words?', 'scored', 2018, 'Other words'),
                (2018, 'q4', 'Q4', 'fresh', 'New question?', 'routing', 2018, null);
            insert into registry.response_options values
                (2017, 'q1', 1, 'Yes', 'positive', 'quoted'), (2018, 'q1', 1, 'Yes', 'negative', 'quoted');
            """
        )
        yield connection


def test_changes_of_the_questionnaire_are_listed_by_kind(registry: duckdb.DuckDBPyConnection) -> None:
    rows = registry.execute(SCHEMA_DRIFT, {"release_year": 2018}).fetchall()
    assert [(question, kind) for question, kind, _ in rows] == [
        ("Q4", "added"), ("Q2", "break"), ("Q1", "options"), ("Q2", "removed"), ("Q2", "renumbered"),
        ("Q2", "reworded"),
    ]  # fmt: skip
    notes = {kind: note for _, kind, note in rows}
    assert notes["removed"].startswith('Last asked in 2017: "Was it told?" Its results end with that year')
    assert notes["renumbered"] == "Was Q3 the year before."
    assert registry.execute(SCHEMA_DRIFT, {"release_year": 2017}).fetchall() == []


def test_breaks_of_series_are_known_of_every_year(registry: duckdb.DuckDBPyConnection) -> None:
    rows = registry.execute(SERIES_BREAKS, {"release_year": 2018}).fetchall()
    assert rows == [("Q2", "New words?", 2018, "Other words")]


def test_checks_that_passed_are_at_the_end() -> None:
    page = render_report(report_inputs([*results(), *failures()]))
    assert "Every check that passed is at the" in page
    assert page.index('id="signoff"') < page.index('id="passed"')
