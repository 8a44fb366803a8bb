"""A load whose candidate is stored, as its first steps leave it: records without a warehouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.intake.landing.receipt import RECEIPT_FILE, Receipt
from orchestration.lake import YearFingerprint, landing_folder
from orchestration.load.load import LOAD_FILE, Load
from orchestration.load.run_record import start_run_record
from orchestration.release.records.candidate import CANDIDATE_FILE, Candidate
from orchestration.settings import Settings
from orchestration.warehouse.plan import PLAN_FILE, RebuildPlan

DELIVERY = "b" * 12
FINGERPRINT = YearFingerprint(delivery=DELIVERY, intake="i", registry="r", code="c")


class FakeDbt:
    """The dbt project without a test."""

    def __init__(self, settings: Settings) -> None:
        pass

    def test(self, *_: Any) -> dict[str, Any]:
        return {"results": []}

    def variables(self, *_: Any) -> dict[str, Any]:
        return {}

    def manifest(self) -> dict[str, Any]:
        return {"nodes": {}}


@pytest.fixture
def make_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Load]:
    """Makes a load of 2018 with its plan, receipt and candidate stored; `defects` are those of the candidate."""

    def make(defects: tuple[str, ...] = ()) -> Load:
        for module in ("checks", "decision"):
            monkeypatch.setattr(f"orchestration.load.{module}.DbtProject", FakeDbt)
        settings = Settings(home=tmp_path, data_origin="synthetic")
        load = Load(settings, (2018,), "load", date(2019, 9, 1), datetime(2019, 9, 1, tzinfo=UTC))
        for folder in (settings.scratch / "load", load.candidate, landing_folder(settings, 2018, DELIVERY)):
            folder.mkdir(parents=True)
        plan = RebuildPlan(fingerprints={2018: FINGERPRINT}, reasons={}, unchecked=(), seeds="", keeps_seeds=False)
        plan.write(load.folder / PLAN_FILE)
        start_run_record(load, {}, 0.0)
        load.record.write(load.folder / LOAD_FILE)
        load.record.write(load.candidate / LOAD_FILE)
        Receipt(
            survey_year=2018, delivery=DELIVERY, intake_fingerprint="i", data_origin="synthetic", form="two files",
            files=(), n_sampled=1, n_respondents=1,
        ).write(landing_folder(settings, 2018, DELIVERY) / RECEIPT_FILE)  # fmt: skip
        Candidate(
            release_year=2018, data_origin="synthetic", content_digest="d" * 64, contract_digest="e" * 64, tables=(),
            defects=defects,
        ).write(load.candidate / CANDIDATE_FILE)  # fmt: skip
        return load

    return make


@pytest.fixture
def load(make_load: Callable[..., Load]) -> Load:
    return make_load()
