"""The same table in any form lands as the same bytes."""

from __future__ import annotations

import shutil

import pytest

from orchestration.intake.receive import LANDED_FILES
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.intake.formats import FORMS
from tests.intake.small import Return, receive


def landed_bytes(settings: Settings, registry: Registry, given: Return) -> dict[str, bytes]:
    for folder in (settings.returns, settings.landing):
        shutil.rmtree(folder, ignore_errors=True)
    given.write(settings)
    receipt = receive(settings, registry, given.year)
    folder = settings.landing / f"survey_year={given.year}" / f"delivery={receipt.delivery}"
    return {name: (folder / name).read_bytes() for name in LANDED_FILES}


@pytest.fixture(scope="module")
def reference(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, bytes]]:
    from tests.intake.small import small_return, small_settings

    settings = small_settings(tmp_path_factory.mktemp("reference"))
    return settings, landed_bytes(settings, registry, small_return(registry))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_lands_the_same_bytes(
    form: str, good: Return, registry: Registry, reference: tuple[Settings, dict[str, bytes]]
) -> None:
    settings, expected = reference
    good.forms = dict.fromkeys(good.tables, form)
    assert landed_bytes(settings, registry, good) == expected
