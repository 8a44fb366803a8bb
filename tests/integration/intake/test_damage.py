"""Every damaged or odd file ends in its stated outcome; never a crash, never a loss."""

from __future__ import annotations

import pytest

from orchestration.intake.refusal import IntakeRefused
from orchestration.intake.rows.outcomes import read_quarantine
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns import damaged_files, damaged_tables, field_texts, workbooks
from tests.integration.intake.sample_returns.cases import Case
from tests.integration.intake.sample_returns.small import YEAR, Return, receive

CASES: tuple[Case, ...] = (
    *damaged_tables.COLUMNS,
    *damaged_tables.CODES,
    *damaged_tables.ROWS,
    *damaged_files.BYTES,
    *damaged_files.ARCHIVES,
    *damaged_files.BINARIES,
    *damaged_files.FOLDERS,
    *workbooks.SHEETS,
    *workbooks.CELLS,
    *field_texts.LETTERS,
    *field_texts.TAKEN,
    *field_texts.SAID,
)


def test_there_are_enough_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_outcome(case: Case, good: Return, registry: Registry, settings: Settings) -> None:
    if case.spoil:
        case.spoil(good)
    folder = good.write(settings)
    if case.damage:
        case.damage(folder)
    if case.refused is not None:
        with pytest.raises(IntakeRefused) as refused:
            receive(settings, registry)
        message = str(refused.value)
        assert refused.value.exit_code == case.refused, message
        assert str(YEAR) in message
        assert all(problem.next_step for problem in refused.value.problems), message
        for words in case.says:
            assert words in message
        assert not settings.landing.exists()
        return
    receipt = receive(settings, registry)
    assert receipt.quarantine == case.quarantined
    exclusions = {reason: n for file in receipt.files for reason, n in file.exclusions.items()}
    assert exclusions == case.excluded
    assert sum(file.rows_folded for file in receipt.files) == case.folded
    assert sum(receipt.edits.values()) == case.edits
    assert (receipt.n_sampled, receipt.n_respondents) == (case.sampled, case.respondents)
    rows = read_quarantine(settings, YEAR, receipt.delivery)
    assert len(rows) == sum(case.quarantined.values()) + sum(case.excluded.values()) + case.folded
