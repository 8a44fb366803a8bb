"""The published 2018 results, read where they are; tests that need them are skipped where they are not."""

import os
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("NCPES_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "ncpes2018").is_dir():
        pytest.skip(f"published results are not there: {folder} (set NCPES_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def adjusted(shared_data: Path) -> pd.DataFrame:
    """Adjusted scores of half the trusts, in percent and points, with target and tau2 of their question."""
    scores = pd.read_csv(shared_data / "ncpes2018" / "trust_adjusted_2018.csv")
    parameters = pd.read_csv(shared_data / "ncpes2018" / "expected_range_parameters.csv")
    return scores.merge(parameters[["question", "target", "tau2"]], on="question", validate="many_to_one")


@pytest.fixture(scope="session")
def unadjusted(shared_data: Path) -> pd.DataFrame:
    """Unadjusted trust results of 2018, all patients and by tumour group."""
    results = pd.read_csv(shared_data / "ncpes2018" / "published_results.csv.gz", low_memory=False)
    return results[(results["level"] == "Trust") & (results["year"] == 2018) & (results["kind"] == "unadjusted")]
