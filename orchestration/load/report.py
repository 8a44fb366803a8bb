"""Step 6, report: the quality report on the stored candidate, as a page, JSON and CSV. A held load has one too.

Reads: decision.json, checks.json, check_results.json, the receipts, the load's warehouse and the current release.
Stores: report.html, report.json and checks.csv.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.load.landing import plan_of, receipts_of
from orchestration.load.load import Load
from orchestration.load.run_record import put_run_record_into_candidate, timed
from orchestration.release.records.manifest import REPORT_FILE
from orchestration.release.report.write import write_plain_report, write_quality_report


def write_report(load: Load) -> Path:
    """Writes the report of the stored candidate.

    Where it cannot be made, a plain page of the decision takes its place and the error is raised: no manifest follows,
    so nothing of the candidate can be published.
    """
    with timed(load, "report"):
        try:
            receipts = receipts_of(load, plan_of(load))
            write_quality_report(load.settings, load.candidate, load.built_database, receipts, load.survey_years)
        except Exception as error:  # whatever it is, the verdict needs a page
            write_plain_report(load.candidate, type(error).__name__)
            put_run_record_into_candidate(load)
            raise
    return load.candidate / REPORT_FILE
