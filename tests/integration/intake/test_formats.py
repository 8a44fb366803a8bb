"""The same table in any format lands as the same bytes, with the same counts in its receipt, whatever its cells."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from orchestration.intake.landing.tables import LANDED_FILES
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.formats import FORMS
from tests.integration.intake.sample_returns.small import (
    SAME_COUNTS,
    Return,
    landed,
    receive,
    small_return,
    small_settings,
    with_odd_identifiers,
)

Landing = tuple[dict[str, bytes], dict[str, Any]]


def land(settings: Settings, registry: Registry, given: Return) -> Landing:
    for folder in (settings.returns, settings.landing):
        shutil.rmtree(folder, ignore_errors=True)
    for row, cell in enumerate(("", "999", "02", " 1 ", "2")):
        given.responses.set(row, "Q3", cell)
    given.responses.rows.append(list(given.responses.rows[5]))
    with_odd_identifiers(given).write(settings)
    receipt = receive(settings, registry, given.year)
    assert sum(file.rows_folded for file in receipt.files) == 1
    files = {name: (landed(settings, receipt) / name).read_bytes() for name in LANDED_FILES}
    return files, receipt.model_dump(include=SAME_COUNTS)


@pytest.fixture(scope="module")
def reference(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Landing]:
    settings = small_settings(tmp_path_factory.mktemp("reference"))
    return settings, land(settings, registry, small_return(registry))


@pytest.mark.parametrize("form", FORMS)
def test_every_format_lands_the_same(
    form: str, good: Return, registry: Registry, reference: tuple[Settings, Landing]
) -> None:
    settings, expected = reference
    good.forms = dict.fromkeys(good.tables, form)
    assert land(settings, registry, good) == expected
