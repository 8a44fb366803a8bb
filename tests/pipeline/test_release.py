"""The main job at true size, as a newcomer starts it: four years loaded and published, with the announced figures."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow
YEARS = ("2015", "2016", "2017", "2018")


def ncpes(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NCPES_HOME": str(home), "NCPES_DATA_ORIGIN": "synthetic"}
    command = [sys.executable, "-m", "orchestration.cli", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("release")
    start = time.perf_counter()
    made = ncpes(home, "examples", *YEARS)
    assert made.returncode == 0, made.stderr
    loaded = ncpes(home, "load", *YEARS)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"\nfour years: {time.perf_counter() - start:.0f} s, peak memory {peak:.2f} GiB")
    assert peak < 4
    return home


def test_the_announced_figures_come_out_of_the_tables(home: Path) -> None:
    done = ncpes(home, "claims", "2018", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    claims = {claim["claim_id"]: claim for claim in found["claims"]}
    printed = {
        name: (claim["value_printed"], claim["growth_part_printed"], claim["improvement_part_printed"])
        for name, claim in claims.items()
        if claim["claim_kind"] == "more_patients"
    }
    assert printed == {
        "financial_help_2018": (5721, 1439, 4282),
        "support_groups_2018": (4767, 2184, 2583),
        "wait_at_clinics_2018": (4022, 1734, 2288),
    }
    assert all(claim["holds"] for claim in claims.values())
    assert claims["mean_rating_2018"]["value_printed"] == 8.8
    assert claims["record_high_2018"]["verdict"] == "joint"
    assert found["gate"] in {"passed", "passed_with_waivers"}


def test_four_years_are_one_release_that_holds_them_all(home: Path) -> None:
    rows = json.loads(ncpes(home, "releases", "--json").stdout)
    assert [row["version"] for row in rows if row["is_latest"]] == ["2018.1.0"]
    status = json.loads(ncpes(home, "status", "--json").stdout)
    assert {row["survey_year"]: row["held_in_version"] for row in status} == dict.fromkeys(map(int, YEARS), "2018.1.0")


def test_loading_2018_again_publishes_nothing(home: Path) -> None:
    done = ncpes(home, "load", "2018", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same content as 2018.1.0: nothing was published" in done.stdout


def test_the_release_is_what_its_manifest_says(home: Path) -> None:
    done = ncpes(home, "verify", "latest")
    assert done.returncode == 0, done.stderr
