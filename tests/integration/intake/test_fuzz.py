"""A short fuzzing run in the suite; `python -m tests.integration.intake.fuzz` is the long one."""

from __future__ import annotations

from orchestration.registry import Registry
from tests.integration.intake.fuzz import fuzz


def test_no_mutated_file_crashes_intake(registry: Registry) -> None:
    findings = fuzz(registry, seed=2018, seconds=20, max_runs=60)
    assert findings.runs > 10
    assert findings.crashes == []
