"""Publication: what refuses it, what numbers it, and what readers see."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from release_example import MODELS, activate, decide_on, make_candidate, make_warehouse, score_rows

from orchestration.records import RecordError, sha256_of_file
from orchestration.registry import load_registry
from orchestration.release.candidate.manifest import derive_manifest, package_candidate, verify
from orchestration.release.candidate.tables import build_candidate
from orchestration.release.errors import CannotBeSigned, CatalogueMissing, PublicationRefused
from orchestration.release.publication import publish as publication
from orchestration.release.publication.publish import Publication, publish
from orchestration.release.publication.sign import require_nothing_signed, sign
from orchestration.release.records.catalogue import read_catalogue
from orchestration.release.records.manifest import Manifest, read_manifest
from orchestration.settings import PROJECT_ROOT, Settings
from tests.decisions import waiver_of

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)


def publish_now(settings: Settings, folder: Path) -> Publication:
    return publish(settings, folder, now=NOW)


@pytest.fixture
def registry_with(settings: Settings, tmp_path: Path) -> Callable[..., Settings]:
    """Settings whose registry states other facts of 2018."""

    def change(**facts: str) -> Settings:
        seeds = tmp_path / "project" / "dbt_project" / "seeds"
        shutil.copytree(PROJECT_ROOT / "dbt_project" / "seeds", seeds)
        (tmp_path / "project" / "expectations").symlink_to(PROJECT_ROOT / "expectations")
        with (seeds / "survey_years.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            if row["survey_year"] == "2018":
                row.update(facts)
        with (seeds / "survey_years.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return settings.model_copy(update={"project_root": tmp_path / "project"})

    return change


def test_a_passed_candidate_becomes_a_release_that_latest_names(settings: Settings) -> None:
    folder, manifest = make_candidate(settings)
    outcome = publish_now(settings, folder)
    assert (outcome.version, outcome.is_new) == ("2018.1.0", True)
    assert (settings.releases / "latest").resolve() == outcome.folder
    assert (settings.releases / "current" / "2018").resolve() == outcome.folder
    assert verify(outcome.folder) == []
    assert read_manifest(settings.releases / "latest") == manifest
    assert sorted(path.name for path in outcome.folder.iterdir()) == [
        "checks.json", "decision.json", "files", "manifest.json", "report.html", "run.json",
    ]  # fmt: skip
    assert not any(path.stat().st_mode & 0o222 for path in outcome.folder.rglob("*"))
    assert json.loads((settings.releases / "catalogue.json").read_text())["entries"][0]["version"] == "2018.1.0"


def test_the_same_content_is_not_published_twice(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    first = publish_now(settings, folder)
    before = (settings.releases / "catalogue.json").read_bytes()
    again, _ = make_candidate(settings)
    outcome = publish_now(settings, again)
    assert (outcome.version, outcome.folder, outcome.is_new) == ("2018.1.0", first.folder, False)
    assert (settings.releases / "catalogue.json").read_bytes() == before


def test_a_new_delivery_that_changes_nothing_confirms_the_version(settings: Settings) -> None:
    publish_now(settings, make_candidate(settings)[0])
    folder, _ = make_candidate(settings, inputs={"2017": "c" * 12, "2018": "b" * 12})
    assert not publish_now(settings, folder).is_new
    entry = read_catalogue(settings).current(2018)
    assert entry is not None
    assert (entry.version, entry.deliveries[2017], len(read_catalogue(settings).entries)) == ("2018.1.0", "c" * 12, 1)


def test_versions_grow_by_content_and_by_contract(settings: Settings) -> None:
    assert publish_now(settings, make_candidate(settings)[0]).version == "2018.1.0"
    folder, manifest = make_candidate(settings, shift=0.01)
    assert (manifest.version, manifest.supersedes) == ("2018.1.1", "2018.1.0")
    publish_now(settings, folder)
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table publication.pub_methods add column url varchar")
    build_candidate(warehouse, 2018, MODELS, folder)
    decide_on(folder)
    assert package_candidate(settings, folder).version == "2018.2.0"
    publish_now(settings, folder)
    assert (settings.releases / "latest").resolve().name == "2018.2.0"
    assert [entry.version for entry in read_catalogue(settings).entries] == ["2018.1.0", "2018.1.1", "2018.2.0"]


def test_latest_is_the_highest_year_whichever_is_published_last(settings: Settings) -> None:
    publish_now(settings, make_candidate(settings, year=2018)[0])
    publish_now(settings, make_candidate(settings, year=2017)[0])
    assert (settings.releases / "latest").resolve().name == "2018.1.0"
    assert (settings.releases / "current" / "2017").resolve().name == "2017.1.0"


def refused(settings: Settings, folder: Path, message: str) -> None:
    before = sorted(path.name for path in settings.releases.iterdir()) if settings.releases.exists() else []
    with pytest.raises((PublicationRefused, RecordError), match=message) as error:
        publish_now(settings, folder)
    assert error.value.next_step.endswith(".")
    after = sorted(path.name for path in settings.releases.iterdir()) if settings.releases.exists() else []
    assert before == after


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": "held", "reasons": ["marts_x failed"]}, "The decision on 2018 is held"),
        ({"release_year": 2017}, "in: release year"),
        ({"data_origin": "actual"}, "in: origin"),
        ({"checks_sha256": "0" * 64}, "in: check results"),
        ({"verdict": "fine"}, "is not a StoredDecision"),
    ],
)
def test_the_stored_decision_must_pass_this_candidate(
    settings: Settings, changes: dict[str, object], message: str
) -> None:
    folder, _ = make_candidate(settings)
    stored = json.loads((folder / "decision.json").read_text())
    (folder / "decision.json").write_text(json.dumps(stored | changes))
    refused(settings, folder, message)


def test_a_decision_on_another_content_gets_no_manifest(settings: Settings) -> None:
    with pytest.raises(RecordError, match="is about the content 000000000000"):
        make_candidate(settings, content_digest="0" * 64)
    refused(settings, settings.candidates / "2018", r"manifest.json cannot be read")


def test_waivers_do_not_stop_publication(settings: Settings) -> None:
    assert publish_now(settings, make_candidate(settings, verdict="passed_with_waivers")[0]).version == "2018.1.0"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.html", "report.html has changed"),
        ("files/csv/ncpes-2018-synthetic-pub_methods.csv", "pub_methods.csv has changed"),
        ("files/csv/more.csv", "more.csv is not in the manifest"),
    ],
)
def test_a_file_that_changed_after_the_manifest_stops_publication(settings: Settings, name: str, message: str) -> None:
    folder, _ = make_candidate(settings)
    with (folder / name).open("a") as stream:
        stream.write("more")
    refused(settings, folder, message)


def test_a_manifest_that_was_made_to_fit_changed_files_is_still_not_the_content_decided_on(settings: Settings) -> None:
    folder, manifest = make_candidate(settings)
    csv = folder / "files/csv/ncpes-2018-synthetic-pub_question_scores.csv"
    csv.write_text(csv.read_text().replace("R0A", "R0X"))
    changed = [f.model_copy(update={"sha256": sha256_of_file(folder / f.path)}) for f in manifest.files]
    manifest.model_copy(update={"files": tuple(changed)}).write(folder / "manifest.json")
    refused(settings, folder, "the CSV of pub_question_scores is not the content that its digest names")


def test_a_candidate_that_is_replaced_while_it_is_checked_is_not_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = make_candidate(settings)
    check = publication.require_sealed

    def check_and_replace(settings: Settings, candidate: Path, manifest: Manifest) -> None:
        check(settings, candidate, manifest)
        make_candidate(settings, shift=0.1)

    monkeypatch.setattr(publication, "require_sealed", check_and_replace)
    with pytest.raises(PublicationRefused, match="the manifest was replaced while it was being checked"):
        publish(settings, folder, now=NOW)
    assert not (settings.releases / "2018.1.0").exists()


def test_a_published_manifest_cannot_be_replaced(settings: Settings) -> None:
    release = publish_now(settings, make_candidate(settings)[0]).folder
    manifest = read_manifest(release)
    (release / "manifest.json").chmod(0o644)
    manifest.model_copy(update={"supersedes": "2018.0.9"}).write(release / "manifest.json")
    assert verify(release) == ["the manifest is not the one that was published"]


def test_check_results_that_changed_after_the_decision_stop_publication(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    checks = json.loads((folder / "checks.json").read_text())
    (folder / "checks.json").write_text(json.dumps([{**checks[0], "status": "fail"}, *checks[1:]]))
    assert verify(folder) == ["checks.json has changed since the manifest was written"]
    refused(settings, folder, "in: check results")


@pytest.mark.parametrize(
    ("origin", "message"),
    [("reconstructed", "reconstructed data are never published"), ("actual", "no disclosure audit of it exists")],
)
def test_origins_that_never_go_out(settings: Settings, origin: str, message: str) -> None:
    own = settings.model_copy(update={"data_origin": origin})
    folder, _ = make_candidate(own, origin=origin)  # type: ignore[arg-type]  # both values are origins
    refused(own, folder, message)
    refused(settings, folder, f"is {origin}, but this root folder is for synthetic data")


def test_a_manifest_of_a_version_that_is_taken_is_refused(settings: Settings, tmp_path: Path) -> None:
    early, _ = make_candidate(settings, shift=0.01)
    kept = tmp_path / "kept"
    shutil.copytree(early, kept)
    publish_now(settings, make_candidate(settings)[0])
    refused(
        settings,
        kept,
        "The manifest is for version 2018.1.0, replacing none, but the next version is 2018.1.1, replacing",
    )


def test_a_candidate_whose_data_were_corrected_while_it_waited_is_refused(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    activate(settings, {2017: "c" * 12})
    refused(settings, folder, r"other deliveries than the active ones: 2017 \(a{12} in the candidate, c{12} active\)")
    (settings.landing / "survey_year=2017" / "active").unlink()
    refused(settings, folder, r"2017 \(a{12} in the candidate, none active\)\. Load 2018 again")
    activate(settings, {2016: "d" * 12, 2017: "a" * 12})
    refused(settings, folder, r"2016 \(none in the candidate, d{12} active\)")


def test_later_years_do_not_matter_to_a_waiting_candidate(settings: Settings) -> None:
    folder, _ = make_candidate(settings, year=2017)
    activate(settings, {2018: "c" * 12})
    assert publish_now(settings, folder).version == "2017.1.0"


WAIVER = {"check_id": "marts_x", "survey_year": 2018, "reason": "known", "owner": "o", "raised_on": "2019-01-01"}
CORRECTION = {"correction_id": "c1", "survey_year": 2017, "rows": 3, "reason": "typo", "owner": "o"}


@pytest.mark.parametrize(
    ("field", "exception", "message"),
    [
        ("waivers_used", WAIVER, "expired by 2019-09-04: waiver of marts_x for 2018 on 2019-09-03"),
        ("corrections", CORRECTION, "expired by 2019-09-04: correction c1 for 2017 on 2019-09-03"),
    ],
)
def test_a_decision_of_an_earlier_date_revives_nothing_that_expired(
    settings: Settings, field: str, exception: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = waiver_of(WAIVER | {"expires_on": "2019-12-31"})
    registry = replace(load_registry(settings.seeds), waivers=(registered,))
    monkeypatch.setattr("orchestration.release.publication.publish.load_registry", lambda seeds: registry)

    def candidate(last_day: str) -> Path:
        exceptions = {field: [exception | {"expires_on": last_day}]}
        return make_candidate(settings, verdict="passed_with_waivers", as_of="2019-07-01", **exceptions)[0]

    refused(settings, candidate("2019-09-03"), message)
    assert publish_now(settings, candidate("2019-09-04")).is_new
    # Content that is published already stays so; rebuilding it as of an earlier date changes nothing.
    assert not publish_now(settings, candidate("2019-09-03")).is_new


def test_a_decision_that_does_not_name_its_waivers_is_none(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    stored = json.loads((folder / "decision.json").read_text())
    del stored["waivers_used"]
    (folder / "decision.json").write_text(json.dumps(stored))
    refused(settings, folder, "is not a StoredDecision of this version")


def test_required_signatures_bind_the_manifest(registry_with: Callable[..., Settings]) -> None:
    settings = registry_with(required_signatures="quality_assurer|lead_analyst")
    folder, _ = make_candidate(settings)
    refused(settings, folder, "needs the signature of the quality assurer; there is none")
    sign(folder, "quality_assurer", "A. Reader", NOW)
    refused(settings, folder, "needs the signature of the lead analyst; there is none")
    sign(folder, "lead_analyst", "B. Reader", NOW)
    signed = (folder / "signatures" / "lead_analyst.json").read_text()
    (folder / "signatures" / "lead_analyst.json").write_text("{}")
    refused(settings, folder, "lead_analyst.json is not a Signature")
    old = json.loads(signed) | {"manifest_sha256": "0" * 64}
    (folder / "signatures" / "lead_analyst.json").write_text(json.dumps(old))
    refused(settings, folder, "lead analyst; the existing one belongs to another manifest")
    (folder / "signatures" / "lead_analyst.json").write_text(signed)
    assert publish_now(settings, folder).version == "2018.1.0"
    assert (settings.releases / "latest" / "signatures" / "quality_assurer.json").is_file()


def test_a_signed_candidate_that_waits_is_not_built_over(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    require_nothing_signed(settings, 2018)
    sign(folder, "quality_assurer", "A. Reader", NOW)
    with pytest.raises(PublicationRefused, match="signed by A"):
        require_nothing_signed(settings, 2018)
    publish_now(settings, folder)
    require_nothing_signed(settings, 2018)


def test_only_what_its_manifest_says_can_be_signed(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    (folder / "report.html").write_text("another report")
    with pytest.raises(CannotBeSigned, match=r"report.html has changed since the manifest was written"):
        sign(folder, "quality_assurer", "A. Reader", NOW)


def test_nothing_goes_out_before_its_time(registry_with: Callable[..., Settings]) -> None:
    settings = registry_with(publication_not_before="2019-09-04T10:30:00+01:00")
    folder, _ = make_candidate(settings)
    with pytest.raises(PublicationRefused, match=r"embargoed until 2019-09-04T10:30:00\+01:00"):
        publish(settings, folder, now=NOW - timedelta(seconds=1))
    assert publish(settings, folder, now=NOW).version == "2018.1.0"
    with pytest.raises(ValueError, match="with its offset"):
        publish(settings, folder, now=NOW.replace(tzinfo=None))


def test_releases_without_their_catalogue_stop_everything(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    publish_now(settings, folder)
    (settings.releases / ".state").unlink()
    with pytest.raises(CatalogueMissing, match=r"Restore \.state from a backup"):
        publish_now(settings, folder)
    assert (settings.releases / "2018.1.0" / "manifest.json").is_file()


def test_a_manifest_needs_a_report(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    (folder / "report.html").unlink()
    with pytest.raises(RecordError, match="has a quality report"):
        derive_manifest(settings, folder)
