"""Corrections of the registry applied to a return: which rows they find, and when they refuse it."""

from __future__ import annotations

import pytest

from orchestration.errors import ExitCode
from orchestration.intake.landing.respondent_key import hash_record_numbers
from orchestration.intake.refusal import IntakeRefused
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import YEAR, Return, Take, receive, with_corrections
from tests.integration.intake.test_landing import WRONG_TRUST


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
    assert refused.value.exit_code == ExitCode.WRONG_CORRECTION


def test_a_correction_names_a_person_by_respondent_key(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    take(good)
    key = settings.respondent_key_file.read_bytes()
    number = good.sample.rows[4][0]
    (hashed,) = hash_record_numbers(key, YEAR, [number])
    old = good.sample.rows[4][good.sample.position("OUTCOME")]
    row = {"match_column": "PSID", "match_value": hashed, "source_column": "OUTCOME"}
    receipt = receive(settings, with_corrections(registry, {**row, "expected_value": old, "corrected_value": "3"}))
    assert receipt.corrections[0].rows == 1
    assert receipt.n_respondents == 15  # the response now contradicts the outcome
