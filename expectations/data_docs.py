"""Great Expectations' Data Docs of a load, for whoever knows them: offline, and without any value of a person.

Their own builder is not used: its pages load scripts, fonts and an image from the network, and show rows. Here its
renderer is given what the load has stored (status and counts), and a page frame of our own, which loads nothing.
Belongs here: that translation. Does not belong here: running a check (`runner`); the page that is read and signed is
the quality report.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.loader import Check, Suite
from expectations.results import CheckResult
from expectations.runner import CheckContext

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )

TEMPLATES = Path(__file__).parent / "templates"
INDEX = "index.html"


def write_data_docs(
    folder: Path, suites: Sequence[Suite], results: Sequence[CheckResult], context: CheckContext
) -> Path:
    """Writes a page a suite and an index into `folder`, and returns the index.

    A check that does not apply has no result for Great Expectations; the index counts it. A check without a stored
    result is left out: the gate holds a release for that. Raises OSError where the folder cannot be written.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    found = {result.check_id: result for result in results}
    about = {"survey_year": context.survey_year, "data_origin": context.data_origin}
    view: Any = DefaultJinjaPageView(custom_views_directory=TEMPLATES.as_posix())
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for suite in suites:
        stored = [(check, found[check.id]) for check in suite.checks if check.id in found]
        judged = [(check, result) for check, result in stored if result.status != "not_applicable"]
        outcome = _suite_outcome(suite.name, judged, context.parameters())
        page = f"{suite.name.replace('/', '_')}.html"
        document = ValidationResultsPageRenderer().render(outcome)
        # The first section's head links to a page that is not there, and its end shows the times of a run.
        document.sections[0].content_blocks = document.sections[0].content_blocks[1:2]
        html = view.render(document, template="data_docs_suite.html", suite=suite, **about)
        (folder / page).write_text(html, encoding="utf-8")
        rows.append({"suite": suite, "page": page, "n_other": len(stored) - len(judged), **outcome.statistics})
    index = view.env.get_template("data_docs_index.html").render(suites=rows, **about)
    (folder / INDEX).write_text(index, encoding="utf-8")
    return folder / INDEX


def _suite_outcome(
    name: str, judged: Sequence[tuple[Check, CheckResult]], parameters: Mapping[str, Any]
) -> ExpectationSuiteValidationResult:
    """A suite as Great Expectations would have put it out, made from the stored results."""
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

    passed = sum(result.status == "pass" for _, result in judged)
    return ExpectationSuiteValidationResult(
        success=passed == len(judged),
        results=[_outcome(check, result, parameters) for check, result in judged],
        suite_name=name,
        statistics={
            "evaluated_expectations": len(judged),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(judged) - passed,
            "success_percent": 100 * passed / len(judged) if judged else None,
        },
        meta={},
    )


def _outcome(check: Check, result: CheckResult, parameters: Mapping[str, Any]) -> ExpectationValidationResult:
    """One check: whether it passed and how many offend, of how many. No list of values, whatever is stored."""
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    counts: dict[str, Any] = {}
    if result.status == "fail" and result.n_affected is not None and result.denominator:
        counts = {"element_count": result.denominator, "unexpected_count": result.n_affected}
        counts["unexpected_percent"] = 100 * result.n_affected / result.denominator
    arguments = _shown_arguments(check, parameters)
    is_broken = result.status == "error"
    return ExpectationValidationResult(
        success=result.status == "pass",
        expectation_config=ExpectationConfiguration(type=check.expectation_type, kwargs=arguments),
        result=counts,
        exception_info={
            "raised_exception": is_broken,
            "exception_message": result.message if is_broken else None,
            "exception_traceback": "checks.json has no more" if is_broken else None,
        },
    )


def _shown_arguments(check: Check, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The expectation's arguments, `$name` replaced by its parameter, columns under the check's title.

    Every measure calls its column `observed`: on a page of a whole suite only the title says what was observed.
    """
    known = {**parameters, **check.parameters}
    shown = dict(check.expectation_kwargs)
    for key, value in check.expectation_kwargs.items():
        if key == "column":
            shown[key] = f"{check.title} ({check.id})"
        elif key in ("column_A", "column_B"):
            shown[key] = f"{value} of {check.id}"
        elif isinstance(value, str) and value.startswith("$"):
            shown[key] = known[value[1:]]
    return shown
