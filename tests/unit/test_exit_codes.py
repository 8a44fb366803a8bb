"""What the shell sees of a command's end: scripts and schedulers go by the exit code alone."""

from __future__ import annotations

import sys

import click
import pytest

from orchestration.cli import cli, main
from orchestration.exit_codes import ExitCode


@click.command()
def held() -> None:
    raise click.exceptions.Exit(ExitCode.HELD)


@click.command()
def done() -> None:
    pass


@click.command()
def wrong() -> None:
    raise click.UsageError("no such year")


@pytest.mark.parametrize(
    ("command", "code"), [("held", ExitCode.HELD), ("done", ExitCode.OK), ("wrong", ExitCode.USAGE)]
)
def test_the_program_ends_with_the_code_of_its_command(
    command: str, code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli._lazy, command, f"{__name__}:{command}")
    monkeypatch.setattr(sys, "argv", ["ncpes", command])
    with pytest.raises(SystemExit) as stop:
        main()
    assert (stop.value.code or 0) == code
