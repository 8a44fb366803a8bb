"""A process that dies while it publishes or withdraws: the current release stays whole, and the next command recovers.

A process dies before a change of the folder of releases, whichever it is: really (another process kills itself,
SIGKILL) at the changes that matter most, and by an exception in this process at every single one.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

FAULTS = Path(__file__).resolve().parent
sys.path[:0] = [str(FAULTS), str(FAULTS.parent / "unit" / "release")]

from disk_changes import watched  # noqa: E402 - beside this file
from release_example import make_candidate  # noqa: E402 - beside the unit tests of the package

from orchestration.release.candidate.manifest import verify  # noqa: E402
from orchestration.release.publication.publish import publish  # noqa: E402
from orchestration.release.publication.status import release_list  # noqa: E402
from orchestration.release.publication.withdraw import withdraw  # noqa: E402
from orchestration.release.records.catalogue import read_catalogue  # noqa: E402
from orchestration.release.records.manifest import manifest_sha256, read_manifest  # noqa: E402
from orchestration.settings import Settings  # noqa: E402

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)
SWAP, AFTER_SWAP = "rename .state", "remove .publishing"
CHANGES = (
    "open ..publishing.incoming",
    "mkdir .incoming-2018.1.1",
    "open .incoming-2018.1.1/decision.json",
    "open .incoming-2018.1.1/checks.json",
    "mkdir .incoming-2018.1.1/files",
    "chmod .incoming-2018.1.1/files",
    "chmod .incoming-2018.1.1",
    "rename 2018.1.1",
    "mkdir .state-000002",
    "symlink .state-000002/latest",
    "symlink ..state.incoming",
    SWAP,
    AFTER_SWAP,
)
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from disk_changes import watched
from orchestration.release.publication.publish import publish
from orchestration.settings import Settings

def die(change):
    if change == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(home=Path(sys.argv[1]), data_origin="synthetic")
with watched(settings.releases, die):
    publish(settings, Path(sys.argv[2]), now=datetime(2019, 9, 4, 9, 30, tzinfo=UTC))
"""
PUBLISHED = [".state", "2018.1.0", "2018.1.1", "catalogue.json", "current", "latest"]


class Died(BaseException):
    """Nothing in the program catches it."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", data_origin="synthetic")


def publish_and_die(settings: Settings, candidate: Path, change: str) -> None:
    command = [sys.executable, "-c", KILLED, str(settings.home), str(candidate), change, str(FAULTS)]
    process = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".state-"))


def changes_of(settings: Settings, work: Callable[[Settings], object]) -> list[str]:
    """All changes of the folder of releases that something makes, in order."""
    seen: list[str] = []
    with watched(settings.releases, seen.append):
        work(settings)
    return seen


def die_at(settings: Settings, number: int, work: Callable[[Settings], object]) -> None:
    """Does something up to a change of the folder of releases, and dies before that change."""
    left = number

    def count(change: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Died(change)

    with pytest.raises(Died), watched(settings.releases, count):
        work(settings)


def publish_candidate(settings: Settings) -> str:
    return publish(settings, settings.candidates / "2018", now=NOW).version


def withdraw_current(settings: Settings) -> None:
    withdraw(settings, "2018.1.1", "Wrong", NOW)


def copy_of(settings: Settings, home: Path) -> Settings:
    shutil.copytree(settings.home, home, symlinks=True)
    return Settings(home=home, data_origin="synthetic")


@pytest.mark.parametrize("change", CHANGES)
def test_the_old_release_is_current_until_the_new_one_is(settings: Settings, change: str) -> None:
    old = publish(settings, make_candidate(settings)[0], now=NOW).folder
    old_hash = manifest_sha256(old)
    candidate, _ = make_candidate(settings, shift=0.1)

    publish_and_die(settings, candidate, change)

    is_public = change == AFTER_SWAP
    latest = (settings.releases / "latest").resolve()
    assert latest.name == ("2018.1.1" if is_public else "2018.1.0")
    assert latest == (settings.releases / "current" / "2018").resolve()
    assert verify(latest) == []
    assert manifest_sha256(old) == old_hash
    assert [row.version for row in release_list(settings)] == ["2018.1.0", "2018.1.1"][: 1 + is_public]

    assert publish_candidate(settings) == "2018.1.1"
    assert (settings.releases / "latest").resolve().name == "2018.1.1"
    assert verify(settings.releases / "latest") == []
    assert names(settings.releases) == PUBLISHED
    assert len(list(settings.releases.glob(".state-*"))) == 2


@pytest.mark.parametrize("change", ["chmod .incoming-2018.1.0/files", "mkdir .state-000001", SWAP])
def test_the_very_first_publication_may_die_too(settings: Settings, change: str) -> None:
    candidate, manifest = make_candidate(settings)

    publish_and_die(settings, candidate, change)

    assert not (settings.releases / "latest").exists()
    assert read_catalogue(settings).entries == ()
    assert publish_candidate(settings) == "2018.1.0"
    assert read_manifest(settings.releases / "latest") == manifest
    assert names(settings.releases) == [".state", "2018.1.0", "catalogue.json", "current", "latest"]


def test_what_died_is_not_published_by_a_load_that_is_refused(settings: Settings) -> None:
    publish(settings, make_candidate(settings)[0], now=NOW)
    candidate, _ = make_candidate(settings, shift=0.1)
    publish_and_die(settings, candidate, "mkdir .state-000002")

    same, _ = make_candidate(settings)
    publish(settings, same, now=NOW)

    assert names(settings.releases) == [".state", "2018.1.0", "catalogue.json", "current", "latest"]


def test_before_every_change_a_reader_sees_one_whole_release(settings: Settings) -> None:
    publish(settings, make_candidate(settings)[0], now=NOW)
    make_candidate(settings, shift=0.1)
    seen: list[tuple[str, str, list[str]]] = []

    def read(change: str) -> None:
        latest = (settings.releases / "latest").resolve()
        seen.append((change, latest.name, verify(latest)))

    with watched(settings.releases, read):
        publish_candidate(settings)
    assert set(CHANGES) <= {change for change, _, _ in seen}
    assert [version for _, version, _ in seen] == ["2018.1.0"] * (len(seen) - 1) + ["2018.1.1"]
    assert [change for change, _, _ in seen][-2:] == [SWAP, AFTER_SWAP]
    assert not [problems for _, _, problems in seen if problems]


def test_a_publication_that_died_before_any_change_is_done_again(settings: Settings, tmp_path: Path) -> None:
    publish(settings, make_candidate(settings)[0], now=NOW)
    make_candidate(settings, shift=0.1)
    changes = changes_of(copy_of(settings, tmp_path / "whole"), publish_candidate)
    for number, change in enumerate(changes):
        died = copy_of(settings, tmp_path / str(number))
        die_at(died, number, publish_candidate)
        assert (publish_candidate(died), names(died.releases)) == ("2018.1.1", PUBLISHED), change
        assert verify(died.releases / "latest") == [], change


def test_a_withdrawal_that_died_before_any_change_is_finished_by_the_next_command(
    settings: Settings, tmp_path: Path
) -> None:
    for shift in (0.0, 0.1):
        publish(settings, make_candidate(settings, shift=shift)[0], now=NOW)
    make_candidate(settings, year=2017)
    changes = changes_of(copy_of(settings, tmp_path / "whole"), withdraw_current)
    for number, change in enumerate(changes):
        died = copy_of(settings, tmp_path / str(number))
        die_at(died, number, withdraw_current)
        entry = read_catalogue(died).entry("2018.1.1")
        assert entry is not None
        if entry.withdrawn is None:
            withdraw_current(died)
        else:
            publish(died, died.candidates / "2017", now=NOW)
        left = sorted(path.name for path in (died.releases / "2018.1.1").iterdir())
        assert left == ["WITHDRAWN.txt", "manifest.json"], change
        assert (died.releases / "current" / "2018").resolve().name == "2018.1.0", change
