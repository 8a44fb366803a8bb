"""The SQL of models and tests is in the house style: `.sqlfluff` says which, and that no warehouse is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.arrows import ROOT

pytestmark = pytest.mark.slow


def lint(*paths: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("sqlfluff").as_posix(), "lint", "--nocolor", *paths]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_models_and_tests_pass_the_linter() -> None:
    result = lint("dbt_project/models", "dbt_project/tests")
    assert result.returncode == 0, result.stdout


def test_a_planted_fault_of_style_is_seen(tmp_path: Path) -> None:
    model = tmp_path / "stg_planted.sql"
    model.write_text("SELECT sample.outcome o\nfrom {{ landed('sample') }} sample\n", encoding="utf-8")
    result = lint("--config", (ROOT / ".sqlfluff").as_posix(), model.as_posix())
    assert {rule for rule in ("CP01", "AL01", "AL02") if rule in result.stdout} == {"CP01", "AL01", "AL02"}
