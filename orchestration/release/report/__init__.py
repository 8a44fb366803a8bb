"""The quality report: the one document on which a reviewer decides about a release."""

from orchestration.release.report.collect import collect_report_inputs
from orchestration.release.report.inputs import (
    Claim,
    Delivery,
    DetectionSummary,
    Difference,
    EarlierResult,
    FileBalance,
    MethodDiagnostic,
    Missingness,
    Movement,
    NotCompared,
    QuestionChange,
    Reconciliation,
    ReportInputs,
    ResponseRate,
    SeriesBreak,
    Suppression,
    TwoBases,
)
from orchestration.release.report.render import checks_csv, render_report, report_json

__all__ = [
    "Claim",
    "Delivery",
    "DetectionSummary",
    "Difference",
    "EarlierResult",
    "FileBalance",
    "MethodDiagnostic",
    "Missingness",
    "Movement",
    "NotCompared",
    "QuestionChange",
    "Reconciliation",
    "ReportInputs",
    "ResponseRate",
    "SeriesBreak",
    "Suppression",
    "TwoBases",
    "checks_csv",
    "collect_report_inputs",
    "render_report",
    "report_json",
]
