"""Quarantine, corrections, revisions, receipts, forms and labels: what is kept and how it comes back."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import stat
from pathlib import Path

import pytest

from orchestration.intake import IntakeRefused
from orchestration.intake.landing.receipt import read_receipt
from orchestration.intake.landing.report import REASONS, REPORT_FILE
from orchestration.intake.mapping.keys import hash_record_numbers
from orchestration.intake.refusal import RefusalKind
from orchestration.intake.rows.organisation_changes import Organisation, compare_organisations
from orchestration.intake.rows.replay import quarantine_list, quarantine_replay, quarantine_show
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from orchestration.registry.rows import OrganisationMerger
from orchestration.settings import Settings
from tests.intake.small import YEAR, Return, receive, small_return


def with_corrections(registry: Registry, *corrections: dict[str, str]) -> Registry:
    base = {
        "survey_year": str(YEAR),
        "file_kind": "sample",
        "source_column": "TRUST_CODE",
        "match_column": "TRUST_CODE",
        "reason": "typing error of the supplier",
        "owner": "data engineer",
        "raised_on": "2026-01-01",
        "expires_on": "2027-01-01",
    }
    rows = tuple({"correction_id": f"c{number}", **base, **row} for number, row in enumerate(corrections))
    return dataclasses.replace(registry, seed_rows={**registry.seed_rows, "corrections": rows})


WRONG_TRUST = {"match_value": "XXX", "expected_value": "XXX", "corrected_value": "RA1"}


def test_the_same_bytes_again_change_nothing(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    first = receive(settings, registry)
    folder = landing_folder(settings, YEAR, first.delivery)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert receive(settings, registry) == first == read_receipt(folder)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_the_same_bytes_under_other_rules_land_again(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.set(0, "TRUST_CODE", "XXX")
    good.write(settings)
    first = receive(settings, registry)
    replay = quarantine_replay(settings, with_corrections(registry, WRONG_TRUST), YEAR)
    assert replay.before == first
    assert replay.after.delivery == first.delivery
    assert replay.after.intake_fingerprint != first.intake_fingerprint
    assert replay.recovered == {"unknown_trust": 1, "sample_row_quarantined": 1}
    assert [(item.correction_id, item.rows) for item in replay.after.corrections] == [("c0", 1)]
    assert replay.after.n_respondents == first.n_respondents + 1


def test_a_changed_file_is_a_revision_beside_the_first(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    first = receive(settings, registry)
    good.responses.set(0, "Q1", "3" if good.responses.rows[0][1] != "3" else "2")
    good.write(settings)
    second = receive(settings, registry)
    assert second.delivery != first.delivery
    assert read_receipt(landing_folder(settings, YEAR, first.delivery)) == first


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        ({**WRONG_TRUST, "match_value": "QQQ"}, "matches no row"),
        ({**WRONG_TRUST, "match_value": "RA1"}, "expects another value"),
        ({**WRONG_TRUST, "source_column": "NHS_NUMBER"}, "not read"),
        ({**WRONG_TRUST, "source_column": "PSID"}, "not read"),
    ],
)
def test_a_correction_that_does_not_fit_refuses(
    correction: dict[str, str], says: str, good: Return, registry: Registry, settings: Settings
) -> None:
    good.sample.set(0, "TRUST_CODE", "XXX")
    good.write(settings)
    with pytest.raises(IntakeRefused, match=says) as refused:
        receive(settings, with_corrections(registry, correction))
    assert refused.value.kind == RefusalKind.CORRECTION


def test_a_correction_names_a_person_by_respondent_key(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    receive(settings, registry)
    key = settings.respondent_key_file.read_bytes()
    number = good.sample.rows[4][0]
    (hashed,) = hash_record_numbers(key, YEAR, [number])
    old = good.sample.rows[4][good.sample.position("OUTCOME")]
    row = {"match_column": "PSID", "match_value": hashed, "source_column": "OUTCOME"}
    receipt = receive(settings, with_corrections(registry, {**row, "expected_value": old, "corrected_value": "3"}))
    assert receipt.corrections[0].rows == 1
    assert receipt.n_respondents == 15  # the response now contradicts the outcome


def test_quarantine_is_listed_and_shown_to_its_keeper(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    good.responses.rows.append(list(good.responses.rows[0]))
    good.write(settings)
    receipt = receive(settings, registry)
    counts = {(item.fate, item.reason): item.rows for item in quarantine_list(settings)}
    assert counts == {("quarantined", "unknown_trust"): 1, ("folded", "exact_duplicate"): 1}
    (row,) = quarantine_show(settings, YEAR, reason="unknown_trust")
    assert row.row == 4
    assert row.record is not None
    assert json.loads(row.record)["TRUST_CODE"] == "XXX"
    assert quarantine_show(settings, YEAR, delivery=receipt.delivery, reason="exact_duplicate")[0].record is None


def test_raw_rows_and_the_key_are_for_their_owner_only(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    receive(settings, registry)
    private = [settings.respondent_key_file, *settings.quarantine.rglob("*.parquet")]
    assert len(private) == 2
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.quarantine.stat().st_mode) == 0o700
    settings.respondent_key_file.chmod(0o644)
    with pytest.raises(PermissionError, match="0600"):
        receive(settings, registry)


def test_no_person_is_in_the_lake(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    good.write(settings)
    receipt = receive(settings, registry)
    folder = landing_folder(settings, YEAR, receipt.delivery)
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    numbers = [row[0].encode() for row in good.sample.rows]
    nhs = [row[good.sample.position("NHS_NUMBER")].encode() for row in good.sample.rows]
    for secret in [*numbers, *nhs, b"She said", settings.respondent_key_file.read_bytes()]:
        assert secret not in written


def test_the_report_is_readable_and_knows_every_reason(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    good.write(settings)
    receipt = receive(settings, registry)
    page = (landing_folder(settings, YEAR, receipt.delivery) / REPORT_FILE).read_text()
    assert "the gate will hold" in page
    assert REASONS["unknown_trust"] in page
    given = set()
    for path in (Path(__file__).parents[2] / "orchestration" / "intake").rglob("*.py"):
        given |= set(re.findall(r'(?:QUARANTINED|EXCLUDED|FOLDED), "(\w+)"', path.read_text()))
    assert len(given) > 10
    assert given <= set(REASONS)


def test_order_of_rows_changes_nothing_but_the_order(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    first = receive(settings, registry)
    good.sample.rows.reverse()
    good.responses.rows.reverse()
    good.write(settings)
    second = receive(settings, registry)
    same = {"n_sampled", "n_respondents", "answers", "missing", "edits", "missing_covariates", "quarantine"}
    assert first.model_dump(include=same) == second.model_dump(include=same)


def joined(given: Return, people: str) -> Return:
    """One file of sample and responses together, or respondents and non-respondents apart."""
    sample, responses = given.tables.pop("sample"), given.tables.pop("responses")
    answers = {row[0]: row[1:] for row in responses.rows}
    header = [*sample.header, *responses.header[1:]]
    both = [[*row, *answers.get(row[0], [""] * (len(responses.header) - 1))] for row in sample.rows]
    table = type(sample)
    if people == "joined":
        given.tables["joined"] = table(header, both)
    else:
        given.tables["respondents"] = table(header, [row for row in both if row[0] in answers])
        given.tables["nonrespondents"] = table(sample.header, [row for row in sample.rows if row[0] not in answers])
    return given


@pytest.mark.parametrize("form", ["joined", "apart"])
def test_other_forms_land_the_same_people(form: str, good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    first = receive(settings, registry)
    for path in (settings.returns / str(YEAR)).iterdir():
        path.unlink()
    joined(good, form).write(settings)
    second = receive(settings, registry)
    same = {"n_sampled", "n_respondents", "answers", "missing", "edits", "missing_covariates", "quarantine"}
    assert first.model_dump(include=same) == second.model_dump(include=same)
    assert second.form != first.form
    responses = [landing_folder(settings, YEAR, one.delivery) / "responses.parquet" for one in (first, second)]
    assert responses[0].read_bytes() == responses[1].read_bytes()


def test_a_joined_file_in_which_nobody_answered(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.rows.clear()
    good.sample.set_all("OUTCOME", "6")
    joined(good, "joined").write(settings)
    with pytest.raises(IntakeRefused, match="holds no response"):
        receive(settings, registry)


def test_someone_in_both_files_is_in_neither(good: Return, registry: Registry, settings: Settings) -> None:
    apart = joined(good, "apart")
    row = apart.tables["respondents"].rows[0]
    apart.tables["nonrespondents"].rows.append(row[: len(apart.tables["nonrespondents"].header)])
    apart.write(settings)
    assert receive(settings, registry).quarantine == {"in_two_files": 2}


def codebook(settings: Settings, *rows: tuple[str, str, str, str]) -> None:
    with (settings.returns / str(YEAR) / f"codebook_{YEAR}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("COLUMN", "QUESTION_TEXT", "OPTION_CODE", "OPTION_LABEL"), *rows])


def test_a_number_reused_for_another_question_is_refused(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    codebook(settings, ("Q22", registry.question(YEAR, "q20").question_text, "", ""))
    with pytest.raises(IntakeRefused, match="text of q20"):
        receive(settings, registry)


def test_a_code_list_that_changed_meaning_is_refused(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    first, second = registry.options(YEAR, "q3")[:2]
    codebook(settings, ("Q3", "", "1", second.option_label), ("Q3", "", "2", first.option_label))
    with pytest.raises(IntakeRefused, match="changed its meaning"):
        receive(settings, registry)


def test_a_right_codebook_is_taken(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    codebook(settings, ("Q22", registry.question(YEAR, "q22").question_text, "", ""), ("Q3", "", "1", "Yes"))
    assert receive(settings, registry).n_respondents == 16


def test_organisations_are_compared_with_the_year_before() -> None:
    before = [
        Organisation("trust", "RA1", "Northtown Hospitals", "E01", 400),
        Organisation("trust", "RB2", "Northtown Infirmary", "E01", 100),
        Organisation("trust", "RC3", "Farshire", "E02", 300),
        Organisation("trust", "RD4", "Coast Care", "E02", 50),
    ]
    after = [
        Organisation("trust", "RA1", "Northtown Hospitals", "E01", 505),
        Organisation("trust", "RC3", "Farshire University Hospitals", "E03", 300),
        Organisation("trust", "RE5", "Newly Made", "E09", 10),
    ]
    changes = {
        (change.change, change.code_before, change.code_after): change
        for change in compare_organisations(before, after)
    }
    assert set(changes) == {
        ("appeared", None, "RE5"),
        ("merged", "RB2", "RA1"),
        ("vanished", "RD4", None),
        ("renamed", "RC3", "RC3"),
        ("moved", "RC3", "RC3"),
    }
    assert changes["merged", "RB2", "RA1"].confidence == "likely"


def trust(code: str, patients: int = 100) -> Organisation:
    return Organisation("trust", code, f"Hospitals of {code}", "E01", patients)


def merger(old: str, new: str, year: int = YEAR) -> OrganisationMerger:
    return OrganisationMerger(year, "trust", old, new, "merger", "announced in April")


def test_an_accepted_merger_is_no_longer_a_question() -> None:
    before, after = [trust("RA1"), trust("RB2"), trust("RC3")], [trust("RA1"), trust("RN9", 200)]
    accepted = [merger("RB2", "RN9"), merger("RC3", "RN9")]
    changes = compare_organisations(before, after, accepted)
    assert [(change.change, change.code_before, change.code_after, change.confidence) for change in changes] == [
        ("merged", "RB2", "RN9", "certain"),
        ("merged", "RC3", "RN9", "certain"),
    ]
    assert all(change.evidence == "registered as merger: announced in April" for change in changes)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ([trust("RA1"), trust("RB2")], "RB2 is still there"),
        ([trust("RC3")], "RA1 is not there"),
        ([trust("RC3"), trust("RB2")], "RB2 is still there and RA1 is not there"),
    ],
)
def test_an_accepted_merger_that_the_files_deny_is_said(after: list[Organisation], says: str) -> None:
    changes = compare_organisations([trust("RA1"), trust("RB2"), trust("RC3")], after, [merger("RB2", "RA1")])
    (found,) = [change for change in changes if change.change == "merged" and change.code_before == "RB2"]
    assert (found.confidence, says in found.evidence) == ("unsure", True)


def test_an_accepted_merger_reaches_the_report_of_a_year_that_stands(
    good: Return, registry: Registry, settings: Settings
) -> None:
    earlier = small_return(registry, YEAR - 1)
    earlier.organisations.rows.append(["trust", "RD4", "Trust RD4", "E01"])
    earlier.write(settings)
    first = receive(settings, registry, YEAR - 1)
    (settings.landing / f"survey_year={YEAR - 1}" / "active").write_text(first.delivery)
    good.write(settings)
    report = landing_folder(settings, YEAR, receive(settings, registry).delivery) / REPORT_FILE
    assert "RD4" in report.read_text() and "organisation_mergers.csv" in report.read_text()
    accepted = dataclasses.replace(registry, organisation_mergers=(merger("RD4", "RA1"),))
    receive(settings, accepted)
    assert "registered as merger: announced in April" in report.read_text()
    assert "organisation_mergers.csv" not in report.read_text()
