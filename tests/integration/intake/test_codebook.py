"""Question texts and code labels of a codebook against the registry."""

from __future__ import annotations

import csv

import pytest

from orchestration.intake.refusal import IntakeRefused
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import YEAR, Return, receive


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
