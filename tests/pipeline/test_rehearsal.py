"""The rehearsal: returns rebuilt from the real 2018 release, loaded, and compared with it cell by cell."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.pipeline.test_release import ncpes

DEFAULT = PROJECT_ROOT.parent / "shared" / "data" / "ncpes2018" / "published_results.csv.gz"
PUBLISHED = Path(os.environ.get("NCPES_PUBLISHED_RESULTS") or DEFAULT)
pytestmark = [
    pytest.mark.published,
    pytest.mark.skipif(not PUBLISHED.is_file(), reason="the real published results are not here"),
]


def test_the_candidate_equals_the_real_release_cell_by_cell(tmp_path: Path) -> None:
    done = ncpes(tmp_path, "rehearse", "--published", str(PUBLISHED), "--json", "--quiet")
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    tallies = {(t["table"], t["measure"]): (t["n_compared"], t["n_equal"]) for t in found["tallies"]}
    different = {key: counts for key, counts in tallies.items() if counts[0] != counts[1]}
    assert different == {}
    assert sum(compared for compared, _ in tallies.values()) > 150_000
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert not (tmp_path / "reconstructed" / "releases").exists(), "reconstructed data are never published"
