"""A load leaves nothing in the system's temporary folder, whichever of the engines wrote there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.conftest import World


def test_a_load_leaves_no_temporary_file(world: World, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = os.environ | {
        **{"TMPDIR": str(temporary), "NCPES_HOME": str(world.settings.home), "NCPES_DATA_ORIGIN": "synthetic"},
    }
    # Compiled files are left where Python may write them; some machines forbid it, and would prove nothing.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "orchestration.cli", "load", "2018", "--full-refresh", "--data-docs"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert list(temporary.iterdir()) == []
