"""Great Expectations' Data Docs of a load, rendered from its own results: offline, and without any value of a person.

Its builder is not used: its pages load scripts, fonts and an image from the network, and show rows. Its renderer is
given the results of the checkpoints, and a page frame of ours that loads nothing. Does not belong here: running a
check (`runner`); the page that is read and signed is the quality report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.loader import Suite
from expectations.runner import CheckRun
from expectations.validation import import_great_expectations

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

TEMPLATES = Path(__file__).parent / "templates"
INDEX = "index.html"


def write_data_docs(folder: Path, suites: Sequence[Suite], run: CheckRun, data_origin: str) -> Path:
    """Writes a page for each suite and survey year, and an index, into `folder`; returns the index.

    A check that does not apply, or whose measure could not be run, has no result of Great Expectations; the index names
    those that could not be evaluated and counts the others. Raises OSError where the folder cannot be written.
    """
    import_great_expectations()
    from great_expectations.render.view.view import DefaultJinjaPageView

    view: Any = DefaultJinjaPageView(custom_views_directory=TEMPLATES.as_posix())
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for year, name, result in _of_run(run):
        page = f"{name.replace('/', '_')}_{year}.html"
        (suite,) = (suite for suite in suites if suite.name == name)
        about = {"suite": suite, "survey_year": year, "data_origin": data_origin}
        html = view.render(_document(result), template="data_docs_suite.html", **about)
        (folder / page).write_text(html, encoding="utf-8")
        rows.append({"suite": name, "survey_year": year, "page": page, **result.statistics})
    index = view.env.get_template("data_docs_index.html").render(
        rows=rows,
        years=sorted(run.suite_results),
        data_origin=data_origin,
        errors=[result for result in run.results if result.status == "error"],
        n_not_applicable=sum(result.status == "not_applicable" for result in run.results),
    )
    (folder / INDEX).write_text(index, encoding="utf-8")
    return folder / INDEX


def _of_run(run: CheckRun) -> Iterator[tuple[int, str, ExpectationSuiteValidationResult]]:
    """(survey year, suite, its result), the latest year first."""
    for year in sorted(run.suite_results, reverse=True):
        yield from ((year, result.suite_name, result) for result in run.suite_results[year])


def _document(result: ExpectationSuiteValidationResult) -> Any:
    """What Great Expectations renders of a suite, without links to pages that are not there and times of a run."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer().render(result)
    document.sections[0].content_blocks = document.sections[0].content_blocks[1:2]
    return document
