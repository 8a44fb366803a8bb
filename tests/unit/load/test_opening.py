"""Which load a step opens: the one that is being built, or the one that made the stored candidate."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime

import pytest

from orchestration.load.load import Load, LoadOptions, begin_load, load_being_built, load_of_candidate
from orchestration.records import RecordError
from orchestration.registry import UnknownSurveyYear


def test_a_stored_load_is_opened_with_its_own_date_and_the_options_of_the_run(load: Load) -> None:
    options = LoadOptions(publishes=False)
    for opened in (load_being_built(load.settings, 2018, options), load_of_candidate(load.settings, 2018, options)):
        assert (opened.load_id, opened.survey_years, opened.as_of) == ("load", (2018,), date(2019, 9, 1))
        assert opened.options == options


def test_a_load_that_was_promoted_is_read_from_its_new_place(load: Load) -> None:
    load.settings.warehouse.mkdir()
    load.folder.rename(load.settings.warehouse / "load")
    assert load.folder == load.settings.warehouse / "load"
    with pytest.raises(RecordError, match="No load of 2018 is being built"):
        load_being_built(load.settings, 2018)


def test_a_warehouse_that_was_replaced_is_said(load: Load) -> None:
    shutil.rmtree(load.folder)
    with pytest.raises(RecordError, match=r"a later load replaced it\. Load 2018 again"):
        _ = load.built_database


def test_a_year_without_a_candidate_is_said(load: Load) -> None:
    with pytest.raises(RecordError, match=r"no candidate of 2017\. Load 2017"):
        load_of_candidate(load.settings, 2017)


def test_a_new_load_takes_its_date_from_its_start_and_refuses_an_unknown_year(load: Load) -> None:
    start = datetime(2020, 1, 2, 3, tzinfo=UTC)
    begun = begin_load(load.settings, (2018, 2017), "new", start)
    assert (begun.survey_years, begun.release_year, begun.as_of) == ((2017, 2018), 2018, date(2020, 1, 2))
    with pytest.raises(UnknownSurveyYear):
        begin_load(load.settings, (1999,), "new", start)
