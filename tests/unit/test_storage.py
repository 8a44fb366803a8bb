"""Who may read what a load writes, and one writer for all origins of a home."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import cli
from orchestration.load.writer_lock import WriterBusy, writer_lock
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.storage import make_restricted, restrict
from orchestration.warehouse.plan import RebuildPlan
from orchestration.warehouse.scratch import make_scratch


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, data_origin="synthetic", lock_timeout_seconds=0.1)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_whoever_holds_the_lock_finds_the_restricted_areas_shut(settings: Settings) -> None:
    settings.releases.mkdir(parents=True)
    settings.warehouse.mkdir(mode=0o777)
    settings.returns.mkdir()
    settings.returns.chmod(0o775)
    settings.candidates.mkdir()
    settings.candidates.chmod(0o700)
    with writer_lock(settings, "test"):
        make_scratch(
            settings, "load", RebuildPlan(fingerprints={}, reasons={}, unchecked=(), seeds="", keeps_seeds=False)
        )
    lake = settings.root / "lake"
    marts = settings.marts_database.parent
    assert {mode(folder) for folder in (lake, settings.warehouse, settings.scratch, marts)} == {0o750}
    assert (mode(settings.returns), mode(settings.candidates)) == (0o770, 0o700)
    assert mode(settings.releases) & 0o005 == 0o005
    assert mode(settings.root) & 0o005 == 0o005


def test_rights_that_were_narrowed_stay_narrowed(tmp_path: Path) -> None:
    (tmp_path / "area").mkdir(mode=0o700)
    make_restricted(tmp_path / "area")
    assert mode(tmp_path / "area") == 0o700
    (tmp_path / "area").chmod(0o777)
    make_restricted(tmp_path / "area")
    assert mode(tmp_path / "area") == 0o750


def test_restricting_twice_changes_nothing(settings: Settings) -> None:
    restrict(settings)
    before = {path: path.stat().st_ctime_ns for path in settings.root.iterdir()}
    restrict(settings)
    assert {path: path.stat().st_ctime_ns for path in settings.root.iterdir()} == before


@contextmanager
def another_writer(settings: Settings, purpose: str) -> Iterator[None]:
    """Another process that holds the lock."""
    code = (
        "import sys; from pathlib import Path; from orchestration.settings import Settings; "
        "from orchestration.load.writer_lock import writer_lock; "
        f"lock = writer_lock(Settings(home=Path({str(settings.home)!r})), {purpose!r}); lock.__enter__(); "
        "print('held', flush=True); sys.stdin.read(); lock.__exit__(None, None, None)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None and held.stdout.readline() == "held\n"
        try:
            yield
        finally:
            held.communicate("")


def test_what_a_writer_calls_does_not_wait_for_it(settings: Settings) -> None:
    holder = settings.lock_file.with_suffix(".json")
    with writer_lock(settings, "ncpes load 2018"):
        with writer_lock(settings, "run of Dagster"):
            assert "ncpes load 2018" in holder.read_text(encoding="utf-8")
        assert holder.is_file()
    assert not holder.exists()


def test_two_origins_of_a_home_do_not_write_at_once(settings: Settings) -> None:
    with (
        another_writer(settings, "ncpes load 2018"),
        pytest.raises(WriterBusy, match=r"`ncpes load 2018` \(process"),
        writer_lock(settings.for_origin("reconstructed"), "ncpes rehearse"),
    ):
        pytest.fail("two writers")


@pytest.mark.parametrize("command", ["accept", "intake"])
def test_intake_and_accept_wait_for_the_writer(settings: Settings, command: str, tmp_path: Path) -> None:
    environment = {"NCPES_HOME": str(settings.home), "NCPES_LOCK_TIMEOUT_SECONDS": "0.1"}
    (tmp_path / "sample_2019.csv").write_text("A\n1\n")
    arguments = {"accept": [str(tmp_path)], "intake": [str(tmp_path / "sample_2019.csv"), "--year", "2019"]}
    with another_writer(settings, "ncpes load 2018"):
        result = CliRunner(env=environment).invoke(cli, [command, *arguments[command]])
    assert isinstance(result.exception, WriterBusy)
    assert "Waiting for `ncpes load 2018`" in result.output
