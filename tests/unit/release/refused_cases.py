"""What no way of publishing may let through: how a candidate is damaged, what the refusal says, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from release_case import FAILED, NOT_EVALUATED, NOW, WAIVER, Case
from release_example import activate, returns_of

from expectations.results import results_digest
from orchestration.errors import ExitCode
from orchestration.release.publication.sign import sign
from orchestration.release.records.checks import read_results


def no_decision(case: Case) -> None:
    (case.folder / "decision.json").unlink()


def held(case: Case) -> None:
    case.candidate(verdict="held")


def held_but_edited(case: Case) -> None:
    """Verdict and manifest made to fit; the results still say why it was held."""
    case.candidate(verdict="held", checks=FAILED)
    case.edit("decision.json", verdict="passed", reasons=[])
    case.fit()


def held_and_reasons_left(case: Case) -> None:
    case.candidate(verdict="held", checks=FAILED)
    case.edit("decision.json", verdict="passed")
    case.fit()


def waiver_of_a_check_not_evaluated(case: Case) -> None:
    case.waivers(WAIVER)
    case.candidate(verdict="passed_with_waivers", checks=NOT_EVALUATED, waivers_used=[WAIVER])


def waiver_of_what_cannot_be_waived(case: Case) -> None:
    case.waivers(WAIVER)
    checks = [record | {"is_waivable": False} for record in FAILED]
    case.candidate(verdict="passed_with_waivers", checks=checks, waivers_used=[WAIVER])


def no_results(case: Case) -> None:
    (case.folder / "checks.json").write_text("[]")
    case.edit("decision.json", checks_sha256=results_digest(read_results(case.folder)))
    case.fit()


def actual_origin_in_the_manifest(case: Case) -> None:
    case.edit("manifest.json", data_origin="actual", disclosure_audit="audited")


def audited_by_hand(case: Case) -> None:
    case.fit(disclosure_audit="audited")


def dropped_formats(case: Case) -> None:
    for file in case.manifest.files:
        if file.format != "csv":
            (case.folder / file.path).unlink()
    case.fit()


def garbage(kind: str) -> Callable[[Case], None]:
    def damage(case: Case) -> None:
        (file,) = [f for f in case.manifest.files if f.format == kind and f.table in (None, "pub_methods")]
        (case.folder / file.path).write_bytes(b"wrong bytes")
        case.fit()

    return damage


def byte_in(kind: str) -> Callable[[Case], None]:
    def damage(case: Case) -> None:
        case.append(next(file.path for file in case.manifest.files if file.format == kind))

    return damage


def edited_comments(case: Case) -> None:
    case.fit(tables=tuple(t.model_copy(update={"comment": "Anything I like"}) for t in case.manifest.tables))


def edited_read_back(case: Case) -> None:
    case.fit(read_back=case.manifest.read_back.model_copy(update={"cells": 9}))


def defects(case: Case) -> None:
    case.edit("candidate.json", defects=["pub_methods: 1 rows have the key of another row"])


def duplicate_key_in_results(case: Case) -> None:
    path = case.folder / "checks.json"
    path.write_text(path.read_text().replace('"status": "pass"', '"status": "fail", "status": "pass"', 1))


def other_delivery_is_active(case: Case) -> None:
    activate(case.settings, {2017: "c" * 12})


def landed_again(case: Case) -> None:
    activate(case.settings, {2017: case.manifest.deliveries[2017]}, intake="a correction more")


def no_warehouse(case: Case) -> None:
    (case.settings.warehouse / "current" / "fingerprints.json").unlink()


def silent_about_rules(case: Case) -> None:
    case.candidate(returns=returns_of({2018: "b" * 12}))


def future_date(case: Case) -> None:
    case.candidate(as_of="2998-01-01")


def expired_waiver(case: Case) -> None:
    case.waivers(WAIVER)
    over = WAIVER | {"expires_on": "2019-12-31"}
    case.candidate(verdict="passed_with_waivers", checks=FAILED, waivers_used=[over])


def withdrawn_waiver(case: Case) -> None:
    case.candidate(verdict="passed_with_waivers", checks=FAILED, waivers_used=[WAIVER])


def no_signature(case: Case) -> None:
    case.year(required_signatures=("quality_assurer",))


def other_role(case: Case) -> None:
    no_signature(case)
    sign(case.folder, "lead_analyst", "A. Reader", NOW)


def signature_of_another_manifest(case: Case) -> None:
    no_signature(case)
    sign(case.folder, "quality_assurer", "A. Reader", NOW)
    case.edit("signatures/quality_assurer.json", manifest_sha256="0" * 64)


def before_its_time(case: Case) -> None:
    case.year(publication_not_before=datetime(2998, 1, 1, tzinfo=UTC))


REFUSED: dict[str, tuple[Callable[[Case], None], str, ExitCode]] = {
    "no decision": (no_decision, "decision.json cannot be read", ExitCode.USAGE),
    "held": (held, "The decision on 2018 is held", ExitCode.HELD),
    "held, edited": (held_but_edited, "marts_rule has not passed and is not waived", ExitCode.HELD),
    "held, reasons left": (held_and_reasons_left, "with 1 reasons to hold", ExitCode.NOT_PUBLISHED),
    "waived though not evaluated": (waiver_of_a_check_not_evaluated, "marts_rule has not passed", ExitCode.HELD),
    "waived though not waivable": (waiver_of_what_cannot_be_waived, "marts_rule has not passed", ExitCode.HELD),
    "no results": (no_results, "no check of the landing layer", ExitCode.HELD),
    "actual": (actual_origin_in_the_manifest, "this root folder is for synthetic data", ExitCode.NOT_PUBLISHED),
    "audited by hand": (audited_by_hand, "disclosure_audit of the manifest", ExitCode.NOT_PUBLISHED),
    "other content": (
        lambda case: case.edit("decision.json", content_digest="0" * 64), "in: content", ExitCode.NOT_PUBLISHED,
    ),
    "other inputs": (
        lambda case: case.edit("decision.json", inputs={"2018": "c" * 12}), "in: deliveries",
        ExitCode.NOT_PUBLISHED,
    ),
    "other date": (
        lambda case: case.edit("decision.json", as_of="2019-07-02"), "in: date of decision", ExitCode.NOT_PUBLISHED,
    ),
    "other results": (
        lambda case: case.edit("decision.json", checks_sha256="0" * 64), "in: check results",
        ExitCode.NOT_PUBLISHED,
    ),
    "other suites": (
        lambda case: case.edit("decision.json", suites_sha256="0" * 64), "in: set of check suites",
        ExitCode.NOT_PUBLISHED,
    ),
    "byte in decision": (
        lambda case: case.append("decision.json"), "decision.json has changed", ExitCode.NOT_PUBLISHED,
    ),
    "byte in results": (lambda case: case.append("checks.json"), "checks.json has changed", ExitCode.NOT_PUBLISHED),
    "key twice in results": (duplicate_key_in_results, "checks.json has changed", ExitCode.NOT_PUBLISHED),
    "byte in report": (lambda case: case.append("report.html"), "report.html has changed", ExitCode.NOT_PUBLISHED),
    "byte in manifest": (lambda case: case.append("manifest.json", "x"), "is not a Manifest", ExitCode.NOT_PUBLISHED),
    "byte in CSV": (byte_in("csv"), "csv has changed", ExitCode.NOT_PUBLISHED),
    "byte in Parquet": (byte_in("parquet"), "parquet has changed", ExitCode.NOT_PUBLISHED),
    "byte in DuckDB": (byte_in("duckdb"), "duckdb has changed", ExitCode.NOT_PUBLISHED),
    "garbage Parquet": (garbage("parquet"), "parquet: pub_methods cannot be read", ExitCode.NOT_PUBLISHED),
    "garbage DuckDB": (garbage("duckdb"), "cannot be read", ExitCode.NOT_PUBLISHED),
    "dropped formats": (dropped_formats, "cannot be read", ExitCode.NOT_PUBLISHED),
    "edited comments": (edited_comments, "tables of the manifest", ExitCode.NOT_PUBLISHED),
    "edited read back": (edited_read_back, "read_back of the manifest", ExitCode.NOT_PUBLISHED),
    "defects": (defects, "rows have the key of another row", ExitCode.NOT_PUBLISHED),
    "other delivery": (other_delivery_is_active, "other deliveries than the active ones", ExitCode.NOT_PUBLISHED),
    "landed again": (landed_again, "was made from the returns of 2017", ExitCode.NOT_PUBLISHED),
    "no warehouse": (no_warehouse, "the warehouse is missing", ExitCode.NOT_PUBLISHED),
    "silent about rules": (silent_about_rules, "by which rules its returns were landed", ExitCode.NOT_PUBLISHED),
    "future date": (future_date, "a later date than today", ExitCode.NOT_PUBLISHED),
    "expired waiver": (expired_waiver, "needs waivers or corrections expired", ExitCode.NOT_PUBLISHED),
    "withdrawn waiver": (withdrawn_waiver, "no longer holds as valid", ExitCode.NOT_PUBLISHED),
    "no signature": (no_signature, "there is none", ExitCode.NOT_PUBLISHED),
    "other role": (other_role, "there is none", ExitCode.NOT_PUBLISHED),
    "other manifest signed": (signature_of_another_manifest, "belongs to another manifest", ExitCode.NOT_PUBLISHED),
    "time": (before_its_time, "is embargoed until 2998", ExitCode.NOT_PUBLISHED),
}  # fmt: skip
