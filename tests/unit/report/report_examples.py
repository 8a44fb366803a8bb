"""Report records made up for tests: every section filled, one failure of each kind, names that need escaping."""

from __future__ import annotations

from datetime import date

from expectations.corrections import CorrectionOfRelease
from expectations.results import CheckResult
from orchestration.registry.rows import Waiver
from orchestration.release.records.decision import StoredDecision
from orchestration.release.report.inputs import (
    Claim,
    Delivery,
    DetectionSummary,
    Difference,
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
from tests.decisions import decided


def check(check_id: str, layer: str, status: str = "pass", severity: str = "critical", **fields: object) -> CheckResult:
    return CheckResult(
        check_id=check_id,
        layer=layer,
        title=fields.pop("title", f"Rule {check_id}"),
        why="It matters.",
        severity=severity,
        status=status,
        expected="no difference",
        observed="0",
        denominator=100,
        **fields,
    )


def results(*extra: CheckResult) -> list[CheckResult]:
    return [
        check("landing_rows", "landing"),
        check("staging_sums", "staging"),
        check("marts_scores", "marts"),
        check("publication_keys", "publication"),
        check("marts_trend", "marts", "not_applicable", message="the year before is not loaded"),
        *extra,
    ]


def failures() -> list[CheckResult]:
    group = {"trust_code": "R<1>", "observed": 0.25, "n_affected": 12}
    return [
        check("landing_codes", "landing", "fail", n_affected=12, groups=(group,), n_groups=40, title="Codes are known"),
        check("marts_drift", "marts", "fail", "warning", n_affected=1),
        check("staging_broken", "staging", "error", message="Binder Error: no such column"),
    ]


def movement(n: int) -> Movement:
    change = (12 - n) * 0.002
    label = f"How do you feel about the wait, part {n}"
    return Movement(f"q{n}", f"Q{n}", label, False, 0.8, 0.8 + change, change, 0.012)


def report_inputs(
    checks: list[CheckResult] | None = None,
    waivers: tuple[Waiver, ...] = (),
    corrections: tuple[CorrectionOfRelease, ...] = (),
    data_origin: str = "synthetic",
    **fields: object,
) -> ReportInputs:
    checks = results(*failures()) if checks is None else checks
    correction = CorrectionOfRelease("c1", 2017, 3, date(2020, 1, 1), "typo <i>", "")
    decision = decided(
        checks,
        data_origin=data_origin,
        content_digest="ab" * 32,
        deliveries={2018: "0123456789ab"},
        waivers=waivers,
        corrections=(correction, *corrections),
    )
    trusts = [
        ResponseRate(
            "trust",
            f"RX{n}",
            f"Trust {n}",
            200 + 40 * n,
            int((0.55 + 0.01 * (n % 14)) * (200 + 40 * n)),
            0.55 + 0.01 * (n % 14),
        )
        for n in range(40)
    ]
    values = {
        "decision": StoredDecision.model_validate_json(decision.to_json()),
        "results": tuple(checks),
        "survey_years": (2018,),
        "required_signatures": ("quality_assurer",),
        "claims": (
            Claim(
                "financial_help",
                "5,721 more patients were offered financial support than in 2015",
                "published",
                5720.543,
                5721,
                0,
                True,
                "Equal to the published 5,721.",
                "60.5% of 73,817 respondents minus 54.7% of 71,186.",
                "A count of patients.",
                (("2015 scores first", 1439.157, 4281.386), ("2018 scores first", 1592.0, 4128.5)),
                (("raw positives", 2078.0),),
            ),
            Claim(
                "record_high",
                "The average rating is a record high",
                "not_loaded",
                None,
                None,
                2,
                None,
                "2017 is not loaded.",
                "",
                "",
            ),
        ),
        "files": (
            FileBalance(
                2018,
                "sample_2018.csv",
                "sample",
                "cd" * 32,
                115000,
                114990,
                5,
                3,
                2,
                (("unknown_trust", 3), ("not_mailed", 2)),
            ),
        ),
        "response_rates": (
            ResponseRate("national", "ENG", "England", 115000, 73817, 0.642, 0.63),
            ResponseRate("national", "1", "16 to 24", 130, 55, 0.423, 0.54, "age_group"),
            *trusts,
        ),
        "movements": (
            *(movement(n) for n in range(1, 24)),
            Movement("q5", "Q5", "Broken series", False, 0.7, 0.75, None, None, "wording changed"),
        ),
        "reconciliation": (
            Reconciliation(2018, "Q1", "all_answers", 77.0, 77.0, 0, True),
            Reconciliation(2018, "Q2", "all_answers", 84.0, 82.0, 0, False),
        ),
        "missingness": (Missingness("Q1", "GP", 0.02, 0.021),),
        "suppression": (
            Suppression(
                "pub_question_scores",
                "trust",
                "tumour_group",
                98020,
                {"published": 40000, "suppressed_primary": 50000, "suppressed_secondary": 8020},
            ),
        ),
        "two_bases": TwoBases(18519, 4892, 20),
        "not_compared": (NotCompared("2015 to 2018", "a break in the series", 361, "trust", "not_comparable"),),
        "diagnostics": (MethodDiagnostic("trust", 7540, 600, 700, 377.0, 12, 52, 0.25, 10),),
        "deliveries": (Delivery(2018, "0123456789ab", "synthetic", 120000, 73817),),
        "schema_drift": (
            QuestionChange("Q5", "break", "wording changed"),
            QuestionChange("Q30", "removed", 'Last asked in 2017: "Were you told?" Its results end with that year.'),
        ),
        "series_breaks": (SeriesBreak("Q8", "Could you bring a friend", 2016, "no figure of 2015"),),
        "differences": (
            Difference("pub_question_scores", "2018, trust, RX1, q1: score", "0.8123", "0.8223", 0.01, 300, 73),
        ),
        "n_differences": 73,
        "previous_version": "2018.1.0",
        "assumptions": ("Option codes marked recalled are to be checked.",),
        "versions": {"duckdb": "2.0.0"},
        "lock_sha256": "ef" * 32,
        "suites_sha256": "12" * 32,
        "detection": DetectionSummary(
            "2026-11-26", True, ("39 of 40 classes written beside the checks were noticed (98%).",), ("A page <lost>",)
        ),
    } | fields
    return ReportInputs(**values)
