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


CONTRADICTIONS = [
    ("sample", "SEX", "1", "Female", "1 is labelled female and registered as male"),
    ("sample", "SEX", "2", "M", "2 is labelled male"),
    ("sample", "SEX", "2", "Not known", "2 is labelled missing and registered as female"),
    ("sample", "SEX", "9", "Male", "9 is labelled male and registered as missing"),
    ("sample", "OUTCOME", "4", "Deceased", "4 is labelled deceased and registered as opted_out"),
    ("sample", "ETHNICITY", "A", "Black - Caribbean", "A is labelled black and registered as white"),
    ("sample", "IMD_QUINTILE", "1", "1 - Most deprived", "1 is labelled 1 and registered as 5"),
    ("organisations", "LEVEL", "trust", "CCG", "TRUST is labelled ccg"),
]


@pytest.mark.parametrize(("kind", "column", "code", "label", "says"), CONTRADICTIONS, ids=lambda value: str(value))
def test_labels_of_every_coded_column_are_compared(
    kind: str, column: str, code: str, label: str, says: str, good: Return, registry: Registry, settings: Settings
) -> None:
    good.write(settings)
    codebook(settings, (column, "", code, label))
    with pytest.raises(IntakeRefused, match="contradicts the registry") as refused:
        receive(settings, registry)
    assert says in str(refused.value)
    assert f"{kind}_{YEAR}.csv, column {column}" in str(refused.value)


def test_labels_that_agree_or_say_nothing_are_taken(good: Return, registry: Registry, settings: Settings) -> None:
    good.write(settings)
    sex = [("SEX", "", "1", "Male"), ("SEX", "", "2", "2 = Female"), ("SEX", "", "999", "Not known")]
    outcome = [("OUTCOME", "", "1", "Returned useable"), ("OUTCOME", "", "7", "Opted out before mailing")]
    ethnic = [("ETHNICITY", "", "A", "White British"), ("ETHNICITY", "", "F", "White and Asian")]
    rest = [("ETHNICITY", "", "S", "Any other ethnic group"), ("IMD_QUINTILE", "", "5", "5 (most deprived)")]
    codebook(settings, *sex, *outcome, *ethnic, *rest, ("ETHNICITY", "", "C", "Any other White background"))
    assert receive(settings, registry).n_respondents == 16
