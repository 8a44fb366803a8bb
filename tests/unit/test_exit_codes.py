"""What the shell sees of a command's end: scripts and schedulers go by the exit code alone."""

from __future__ import annotations

import ast
import builtins
import stat
import sys
from pathlib import Path

import click
import pytest

from orchestration.cli import cli, exit_code_of, main
from orchestration.errors import ExitCode
from orchestration.settings import PROJECT_ROOT

SOURCES = [
    (path.as_posix(), path.read_text(encoding="utf-8"))
    for package in ("orchestration", "expectations")
    for path in sorted((PROJECT_ROOT / package).rglob("*.py"))
]


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


def test_the_log_of_a_failure_is_for_the_owner_and_the_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))
    assert exit_code_of(RuntimeError("Jane Doe 943 476 5919")) == ExitCode.UNEXPECTED
    (log,) = (tmp_path / "logs").iterdir()
    assert "Jane" in log.read_text(encoding="utf-8")
    assert [stat.S_IMODE(path.stat().st_mode) & 0o007 for path in (log, log.parent)] == [0, 0]


def test_every_error_of_the_program_carries_its_exit_code() -> None:
    """Errors that leave a package are told to a person; those listed never do."""
    within = {"UnreadableFile", "RowsLostError", "SuiteError", "CheckColumnError"}
    own = {name for path, text in SOURCES for name in errors_without_code(path, text)}
    assert own == within


def errors_without_code(path: str, text: str) -> list[str]:
    """Classes of exceptions that derive from a built-in one and not from ProgramError."""
    built_in = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    return [
        node.name
        for node in ast.walk(ast.parse(text, path))
        if isinstance(node, ast.ClassDef)
        and node.name != "ProgramError"
        and {base.id for base in node.bases if isinstance(base, ast.Name)} & built_in
    ]


def test_a_planted_error_without_a_code_is_seen() -> None:
    assert errors_without_code("planted.py", "class Gone(LookupError):\n    pass") == ["Gone"]
