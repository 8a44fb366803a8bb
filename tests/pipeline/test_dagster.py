"""The same load from Dagster's own command line, into the history that the UI shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.runner import DAGSTER_YAML
from orchestration.settings import PROJECT_ROOT
from tests.pipeline.test_release import ncpes

pytestmark = pytest.mark.slow


def test_a_year_is_loaded_by_dagsters_command_line(tmp_path: Path) -> None:
    made = ncpes(tmp_path, "examples", "2016", "--respondents", "2000", "--trusts", "8", "--uncalibrated")
    assert made.returncode == 0, made.stderr
    history = tmp_path / "dagster"
    history.mkdir()
    (history / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    tags = json.dumps({"dagster/partition": "2016"})
    command = [
        sys.executable,
        "-m",
        "dagster",
        "job",
        "execute",
        "-m",
        "orchestration.definitions",
        "-j",
        "annual_load",
        "--tags",
        tags,
    ]
    environment = os.environ | {"NCPES_HOME": str(tmp_path), "DAGSTER_HOME": str(history)}
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(ncpes(tmp_path, "releases", "--json").stdout)
    assert [row["version"] for row in rows] == ["2016.1.0"]
