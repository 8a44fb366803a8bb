"""Withdrawal, and what `ncpes status` and `ncpes releases` show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from release_example import activate, make_candidate

from orchestration.release.candidate.manifest import verify
from orchestration.release.errors import NothingToWithdraw, PublicationRefused
from orchestration.release.publication.publish import publish
from orchestration.release.publication.status import StaleYear, release_list, year_status
from orchestration.release.publication.withdraw import withdraw
from orchestration.settings import Settings

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)


def publish_shifted(settings: Settings, shift: float, year: int = 2018) -> str:
    return publish(settings, make_candidate(settings, year=year, shift=shift)[0], now=NOW).version


def test_a_withdrawn_release_keeps_manifest_and_notice_and_pointers_move_back(settings: Settings) -> None:
    publish_shifted(settings, 0.0)
    publish_shifted(settings, 0.1)
    outcome = withdraw(settings, "2018.1.1", "A hidden cell could be worked out", NOW)
    assert outcome.current_version == "2018.1.0"
    assert (settings.releases / "latest").resolve().name == "2018.1.0"
    left = sorted(path.name for path in (settings.releases / "2018.1.1").iterdir())
    assert left == ["WITHDRAWN.txt", "manifest.json"]
    assert verify(settings.releases / "2018.1.1") == ["it was withdrawn and its data are gone: read WITHDRAWN.txt"]
    notice = outcome.notice.read_text()
    assert "Reason: A hidden cell could be worked out" in notice
    assert "Current release of 2018: 2018.1.0." in notice
    rows = {row.version: row for row in release_list(settings)}
    assert rows["2018.1.1"].withdrawn_reason == "A hidden cell could be worked out"
    assert (rows["2018.1.0"].is_current, rows["2018.1.0"].is_latest) == (True, True)


def test_the_last_release_can_go_and_its_number_and_content_do_not_come_back(settings: Settings) -> None:
    publish_shifted(settings, 0.0)
    assert withdraw(settings, "2018.1.0", "Wrong", NOW).current_version is None
    assert not (settings.releases / "latest").exists()
    assert not (settings.releases / "current" / "2018").exists()
    with pytest.raises(PublicationRefused, match=r"The same content was 2018.1.0, withdrawn because: Wrong\."):
        publish_shifted(settings, 0.0)
    assert publish_shifted(settings, 0.1) == "2018.1.1"


def test_latest_falls_back_to_an_earlier_year(settings: Settings) -> None:
    publish_shifted(settings, 0.0, year=2017)
    publish_shifted(settings, 0.0, year=2018)
    withdraw(settings, "2018.1.0", "Wrong", NOW)
    assert (settings.releases / "latest").resolve().name == "2017.1.0"


def test_what_cannot_be_withdrawn(settings: Settings) -> None:
    publish_shifted(settings, 0.0)
    with pytest.raises(NothingToWithdraw, match=r"2018.9.9 was never published here. Published versions: 2018.1.0"):
        withdraw(settings, "2018.9.9", "Wrong", NOW)
    with pytest.raises(NothingToWithdraw, match="without a reason"):
        withdraw(settings, "2018.1.0", "  ", NOW)
    withdraw(settings, "2018.1.0", "Wrong", NOW)
    with pytest.raises(NothingToWithdraw, match="was withdrawn already"):
        withdraw(settings, "2018.1.0", "Wrong", NOW)


def test_status_of_years(settings: Settings) -> None:
    assert year_status(settings) == []
    activate(settings, {2017: "a" * 12, 2018: "b" * 12})
    publish_shifted(settings, 0.0)
    by_year = {status.survey_year: status for status in year_status(settings)}
    assert by_year[2017].states == ("loaded",)
    assert by_year[2018].states == ("loaded", "published")
    assert (by_year[2018].published_version, by_year[2018].verdict) == ("2018.1.0", "passed")
    activate(settings, {2017: "c" * 12, 2016: "d" * 12, 2019: "e" * 12})
    stale = {status.survey_year: status for status in year_status(settings)}[2018]
    assert stale.states == ("loaded", "published", "stale")
    assert stale.stale == (StaleYear(2016, None, "d" * 12), StaleYear(2017, "a" * 12, "c" * 12))


def test_a_held_load_beside_a_release_shows_both(settings: Settings) -> None:
    activate(settings, {2017: "a" * 12, 2018: "b" * 12})
    publish_shifted(settings, 0.0)
    make_candidate(settings, shift=0.2, verdict="held")
    assert year_status(settings)[1].states == ("loaded", "held", "published")


def test_a_candidate_without_a_decision_is_only_loaded(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    (folder / "decision.json").unlink()
    assert [(s.survey_year, s.states) for s in year_status(settings)] == [(2017, ("loaded",)), (2018, ("loaded",))]
