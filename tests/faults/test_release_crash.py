"""A process that is killed while it publishes: at every step, what stood before still stands, whole, in every format.

The fault is real: another process publishes and kills itself (SIGKILL) when it reaches the step. Then the next command
must find the old release, publish the new one and leave nothing of the dead process behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "unit" / "release"
sys.path.insert(0, str(EXAMPLE))

from release_example import make_candidate  # noqa: E402 - beside the unit tests of the package

from orchestration.release.candidate.manifest import manifest_sha256, read_manifest, verify  # noqa: E402
from orchestration.release.publication.catalogue import read_catalogue  # noqa: E402
from orchestration.release.publication.publish import publish  # noqa: E402
from orchestration.release.publication.status import release_list  # noqa: E402
from orchestration.settings import Settings  # noqa: E402

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)
STEPS = (
    "journal_written", "copied_manifest.json", "copied_decision.json", "copied_files", "verified", "synced", "placed",
    "state_written", "state_linked", "state_swapped",
)  # fmt: skip
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from orchestration.release.publication.publish import publish
from orchestration.settings import Settings

def die(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(home=Path(sys.argv[1]), data_origin="synthetic")
publish(settings, Path(sys.argv[2]), now=datetime(2019, 9, 4, 9, 30, tzinfo=UTC), step=die)
"""


def publish_and_die(settings: Settings, candidate: Path, step: str) -> None:
    command = [sys.executable, "-c", KILLED, str(settings.home), str(candidate), step]
    process = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".state-"))


@pytest.mark.parametrize("step", STEPS)
def test_the_old_release_stands_until_the_new_one_does(tmp_path: Path, step: str) -> None:
    settings = Settings(home=tmp_path / "home", data_origin="synthetic")
    old = publish(settings, make_candidate(settings)[0], now=NOW).folder
    old_hash = manifest_sha256(old)
    candidate, _ = make_candidate(settings, shift=0.1)

    publish_and_die(settings, candidate, step)

    is_public = step == "state_swapped"
    latest = (settings.releases / "latest").resolve()
    assert latest.name == ("2018.1.1" if is_public else "2018.1.0")
    assert latest == (settings.releases / "current" / "2018").resolve()
    assert verify(latest) == []
    assert manifest_sha256(old) == old_hash
    assert [row.version for row in release_list(settings)] == ["2018.1.0", "2018.1.1"][: 1 + is_public]

    outcome = publish(settings, candidate, now=NOW)

    assert outcome.version == "2018.1.1"
    assert (settings.releases / "latest").resolve().name == "2018.1.1"
    assert verify(settings.releases / "latest") == []
    assert names(settings.releases) == [".state", "2018.1.0", "2018.1.1", "catalogue.json", "current", "latest"]
    assert len(list(settings.releases.glob(".state-*"))) == 2


@pytest.mark.parametrize("step", ["copied_files", "placed", "state_linked"])
def test_the_very_first_publication_may_die_too(tmp_path: Path, step: str) -> None:
    settings = Settings(home=tmp_path / "home", data_origin="synthetic")
    candidate, manifest = make_candidate(settings)

    publish_and_die(settings, candidate, step)

    assert not (settings.releases / "latest").exists()
    assert read_catalogue(settings).entries == ()
    assert publish(settings, candidate, now=NOW).version == "2018.1.0"
    assert read_manifest(settings.releases / "latest") == manifest
    assert names(settings.releases) == [".state", "2018.1.0", "catalogue.json", "current", "latest"]


def test_what_died_is_not_published_by_a_load_that_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", data_origin="synthetic")
    publish(settings, make_candidate(settings)[0], now=NOW)
    candidate, _ = make_candidate(settings, shift=0.1)
    publish_and_die(settings, candidate, "placed")

    same, _ = make_candidate(settings)
    publish(settings, same, now=NOW)

    assert names(settings.releases) == [".state", "2018.1.0", "catalogue.json", "current", "latest"]


def test_at_every_step_a_reader_sees_one_whole_release(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", data_origin="synthetic")
    publish(settings, make_candidate(settings)[0], now=NOW)
    seen: list[tuple[str, list[str]]] = []

    def read(step: str) -> None:
        latest = (settings.releases / "latest").resolve()
        seen.append((latest.name, verify(latest)))

    publish(settings, make_candidate(settings, shift=0.1)[0], now=NOW, step=read)
    assert len(seen) > len(STEPS)
    assert sorted(version for version, _ in seen) == [version for version, _ in seen]
    assert {version for version, _ in seen} == {"2018.1.0", "2018.1.1"}
    assert not [problems for _, problems in seen if problems]


def test_every_step_of_a_publication_is_tried(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", data_origin="synthetic")
    seen: list[str] = []
    publish(settings, make_candidate(settings)[0], now=NOW, step=seen.append)
    optional = {"copied_checks.json", "copied_report.html", "copied_run.json", "copied_signatures"}
    assert set(seen) - optional == set(STEPS)
