"""What is landed, kept and shown of a return: deliveries, receipts, reports and the rows that were not accepted."""

from __future__ import annotations

import dataclasses
import json
import re
import stat

import pyarrow.parquet as pq
import pytest

from orchestration.errors import ExitCode
from orchestration.intake.landing.receipt import RECEIPT_FILE, read_receipt
from orchestration.intake.landing.respondent_key import KeyUnusable
from orchestration.intake.receive import is_landed_by_these_rules
from orchestration.intake.refusal import IntakeRefused
from orchestration.intake.review.quarantine import quarantine_list, quarantine_replay, quarantine_show
from orchestration.intake.review.report import REASONS, REPORT_FILE
from orchestration.intake.rows.outcomes import ROWS_FILE, quarantine_folder
from orchestration.registry import Registry
from orchestration.registry.rows import OrganisationMerger
from orchestration.settings import PROJECT_ROOT, Settings
from tests.integration.intake.sample_returns.small import (
    SAME_COUNTS,
    YEAR,
    Return,
    Take,
    joined,
    landed,
    receive,
    small_return,
    with_corrections,
    with_odd_identifiers,
)

WRONG_TRUST = {"match_value": "XXX", "expected_value": "XXX", "corrected_value": "RA1"}


def test_the_same_bytes_again_change_nothing(good: Return, registry: Registry, settings: Settings, take: Take) -> None:
    first = take(good)
    folder = landed(settings, first)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert receive(settings, registry) == first == read_receipt(folder)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_the_same_bytes_under_other_rules_land_again(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    good.sample.set(0, "TRUST_CODE", "XXX")
    first = take(good)
    replay = quarantine_replay(settings, with_corrections(registry, WRONG_TRUST), YEAR)
    assert replay.before == first
    assert replay.after.delivery == first.delivery
    assert replay.after.intake_fingerprint != first.intake_fingerprint
    assert replay.recovered == {"unknown_trust": 1, "sample_row_quarantined": 1}
    assert [(item.correction_id, item.rows) for item in replay.after.corrections] == [("c0", 1)]
    assert replay.after.n_respondents == first.n_respondents + 1


def test_a_changed_file_is_a_revision_beside_the_first(good: Return, settings: Settings, take: Take) -> None:
    first = take(good)
    good.responses.set(0, "Q1", "3" if good.responses.rows[0][1] != "3" else "2")
    second = take(good)
    assert second.delivery != first.delivery
    assert read_receipt(landed(settings, first)) == first


def test_a_receipt_of_an_older_form_is_read_and_landed_again(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    receipt = take(good)
    folder = landed(settings, receipt)
    old = json.loads((folder / RECEIPT_FILE).read_text())
    del old["identities"], old["birth_years_by_trust"]
    (folder / RECEIPT_FILE).write_text(json.dumps({**old, "intake_fingerprint": "made by older code", "notices": []}))
    stored = read_receipt(folder)
    assert stored is not None and (stored.identities, stored.birth_years_by_trust) == ({}, {})
    assert receive(settings, registry) == receipt == read_receipt(folder)


def test_order_of_rows_changes_nothing_but_the_order(good: Return, take: Take) -> None:
    first = take(with_odd_identifiers(good))
    good.sample.rows.reverse()
    good.responses.rows.reverse()
    second = take(good)
    assert first.model_dump(include=SAME_COUNTS) == second.model_dump(include=SAME_COUNTS)


@pytest.mark.parametrize("form", ["joined", "respondents and non-respondents"])
def test_other_forms_land_the_same_people(form: str, good: Return, settings: Settings, take: Take) -> None:
    first = take(with_odd_identifiers(good))
    for path in (settings.returns / str(YEAR)).iterdir():
        path.unlink()
    second = take(joined(good, form))
    assert first.model_dump(include=SAME_COUNTS) == second.model_dump(include=SAME_COUNTS)
    assert (first.identities["nhs_number_invalid"], first.identities["nhs_number_repeated"]) == (1, 2)
    assert first.birth_years_by_trust["RA1"] == {"compared": 8, "differing": 1}
    assert second.form != first.form
    responses = [landed(settings, one) / "responses.parquet" for one in (first, second)]
    assert responses[0].read_bytes() == responses[1].read_bytes()


def test_a_joined_file_in_which_nobody_answered(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.rows.clear()
    good.sample.set_all("OUTCOME", "6")
    joined(good, "joined").write(settings)
    with pytest.raises(IntakeRefused, match="holds no response"):
        receive(settings, registry)


def test_someone_in_both_files_is_in_neither(good: Return, take: Take) -> None:
    apart = joined(good, "respondents")
    row = apart.tables["respondents"].rows[0]
    apart.tables["nonrespondents"].rows.append(row[: len(apart.tables["nonrespondents"].header)])
    assert take(apart).quarantine == {"in_two_files": 2}


def test_raw_rows_and_the_key_are_for_their_owner_only(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    take(good)
    private = [settings.respondent_key_file, *settings.quarantine.rglob("*.parquet")]
    assert len(private) == 2
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.quarantine.stat().st_mode) == 0o700
    settings.respondent_key_file.chmod(0o644)
    with pytest.raises(KeyUnusable, match=r"may be read by others .* chmod 0600") as refused:
        receive(settings, registry)
    assert refused.value.exit_code == ExitCode.USAGE


def test_a_key_that_is_lost_changed_or_cut_off_is_named_and_never_replaced(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    receipt = take(good)
    key = settings.respondent_key_file.read_bytes()
    before = (landed(settings, receipt) / "sample.parquet").read_bytes()
    settings.respondent_key_file.unlink()
    for ask in (receive, lambda *_: is_landed_by_these_rules(settings, registry, YEAR, receipt.delivery)):
        with pytest.raises(KeyUnusable, match=r"is missing, and 1 landed .* Restore the file from its copy"):
            ask(settings, registry)
    assert not settings.respondent_key_file.exists()
    for content, said in ((bytes(32), "is not the one that 1 of 1"), (key[:9], "shorter than 32 bytes")):
        settings.respondent_key_file.write_bytes(content)
        settings.respondent_key_file.chmod(0o600)
        with pytest.raises(KeyUnusable, match=said):
            receive(settings, registry)
    settings.respondent_key_file.write_bytes(key)
    assert receive(settings, registry) == receipt
    assert (landed(settings, receipt) / "sample.parquet").read_bytes() == before


def test_no_person_is_in_the_lake(good: Return, settings: Settings, take: Take) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    receipt = take(good)
    folder = landed(settings, receipt)
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    numbers = [row[0].encode() for row in good.sample.rows]
    nhs = [row[good.sample.position("NHS_NUMBER")].encode() for row in good.sample.rows]
    for secret in [*numbers, *nhs, b"She said", settings.respondent_key_file.read_bytes()]:
        assert secret not in written


def test_rows_not_accepted_are_listed_and_shown(good: Return, settings: Settings, take: Take) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    good.responses.rows.append(list(good.responses.rows[0]))
    receipt = take(good)
    counts = {(item.row_outcome, item.reason): item.rows for item in quarantine_list(settings)}
    assert counts == {("quarantined", "unknown_trust"): 1, ("folded", "exact_duplicate"): 1}
    (row,) = quarantine_show(settings, YEAR, reason="unknown_trust")
    assert row.row == 4
    assert row.record is not None
    assert json.loads(row.record)["TRUST_CODE"] == "XXX"
    assert quarantine_show(settings, YEAR, delivery=receipt.delivery, reason="exact_duplicate")[0].record is None


def test_rows_that_older_code_kept_are_shown(good: Return, settings: Settings, take: Take) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    path = quarantine_folder(settings, YEAR, take(good).delivery) / ROWS_FILE
    names = {"row_outcome": "fate"}
    rows = pq.read_table(path)
    pq.write_table(rows.rename_columns([names.get(name, name) for name in rows.column_names]), path)
    assert [row.row_outcome for row in quarantine_show(settings, YEAR)] == ["quarantined"]


def test_the_report_is_readable_and_knows_every_reason(good: Return, settings: Settings, take: Take) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    page = (landed(settings, take(good)) / REPORT_FILE).read_text()
    assert "the gate will hold" in page
    assert REASONS["unknown_trust"] in page
    given = set()
    for path in (PROJECT_ROOT / "orchestration" / "intake").rglob("*.py"):
        given |= set(re.findall(r'(?:QUARANTINED|EXCLUDED|FOLDED), "(\w+)"', path.read_text()))
    assert len(given) > 10
    assert given <= set(REASONS)


def test_an_accepted_merger_reaches_the_report_of_a_landed_year(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    earlier = small_return(registry, YEAR - 1)
    earlier.organisations.rows.append(["trust", "RD4", "Trust RD4", "E01"])
    earlier.write(settings)
    first = receive(settings, registry, YEAR - 1)
    (settings.landing / f"survey_year={YEAR - 1}" / "active").write_text(first.delivery)
    report = landed(settings, take(good)) / REPORT_FILE
    assert "RD4" in report.read_text() and "organisation_mergers.csv" in report.read_text()
    merger = OrganisationMerger(YEAR, "trust", "RD4", "RA1", "merger", "announced in April")
    accepted = dataclasses.replace(registry, organisation_mergers=(merger,))
    receive(settings, accepted)
    assert "registered as merger: announced in April" in report.read_text()
    assert "organisation_mergers.csv" not in report.read_text()
