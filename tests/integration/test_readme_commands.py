"""Every command of the README runs, on a small world; what the README says of exit codes is what the program has."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import cli
from orchestration.errors import ExitCode
from orchestration.settings import PROJECT_ROOT
from tests.integration.conftest import World, copy_world

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")

# Commands that other tests run, because they need a set-up, real figures, new files or minutes.
ELSEWHERE = {
    "make release": "tests/pipeline",
    "make test": "this very run",
    "make ui": "tests/pipeline",
    "ncpes rehearse": "tests/pipeline/test_rehearsal.py",
    "ncpes intake": "tests/integration/intake",
    "ncpes accept": "tests/integration/intake",
    "ncpes load 2019 --resume": "tests/integration/test_runs.py",
    "dagster asset materialize": "tests/integration/test_runs.py",
    "dagster job execute": "tests/pipeline",
    "export": "a variable of the shell",
}


@pytest.fixture(scope="module")
def unchanged(loaded: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A copy of the loaded world for commands that only read, or are refused: none of them may change it."""
    return copy_world(loaded, tmp_path_factory.mktemp("unchanged") / "home")


def contents(world: World) -> dict[str, int]:
    """What the public folder and the candidates hold: every file with the time of its last change."""
    folders = (world.settings.releases, world.settings.candidates)
    return {str(path): path.lstat().st_mtime_ns for folder in folders for path in folder.rglob("*")}


def readme_commands() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL):
        for line in block.splitlines():
            command = re.sub(r"\s+#.*$", "", line).strip().replace(".venv/bin/", "")
            if command:
                yield command


def is_elsewhere(command: str) -> bool:
    return any(command.startswith(name) for name in ELSEWHERE)


def run(world: World, command: str) -> Result:
    # The year of the actual return that the README loads is one that the world does not hold.
    arguments = shlex.split(command.replace("ncpes load 2019", "ncpes load 2018"))[1:]
    environment = {"NCPES_HOME": str(world.settings.home), "NCPES_DATA_ORIGIN": "synthetic"}
    return CliRunner(env=environment).invoke(cli, arguments, catch_exceptions=False)


def test_the_readme_names_commands() -> None:
    assert len(list(readme_commands())) > 10


def test_every_command_of_the_readme_runs(world: World) -> None:
    commands = [command for command in readme_commands() if not is_elsewhere(command)]
    assert all(command.startswith("ncpes ") for command in commands), commands
    failed = [(c, r.output) for c in commands if (r := run(world, c)).exit_code not in (0, ExitCode.DIFFERENT)]
    assert failed == []


def test_a_real_return_is_loaded_in_the_root_that_holds_its_files() -> None:
    section = README.partition("## Load a year")[2].partition("\n## ")[0]
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL) for line in block.splitlines()
    ]
    assert commands[0] == "export NCPES_DATA_ORIGIN=actual"
    paths = re.findall(r"data/(actual|synthetic|reconstructed)/", section)
    assert set(paths) == {"actual"} and len(paths) >= 3


def test_claims_as_json_are_those_of_the_published_release(unchanged: World) -> None:
    found = json.loads(run(unchanged, "ncpes claims 2018 --json").output)
    assert found["version"] == "2018.1.0" and found["data_origin"] == "synthetic"
    claims = {claim["claim_id"]: claim for claim in found["claims"]}
    assert claims["financial_help_2018"]["status"] == "not_loaded"
    assert claims["mean_rating_2018"]["value_printed"] is not None
    assert "does_not_mean" in " ".join(found)


def test_the_readme_lists_every_exit_code() -> None:
    for code in ExitCode:
        assert f"| {int(code)} | {code.meaning} |" in README


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("ncpes load 1999", ExitCode.USAGE, "1999"),
        ("ncpes path 2031", ExitCode.USAGE, "There is no release"),
        ("ncpes review 2015", ExitCode.USAGE, "ncpes load 2015"),
        ("ncpes sign 2015 --role quality_assurer --name A", ExitCode.USAGE, "no candidate of 2015 with a decision"),
        ("ncpes sign 2018 --role boss --name A", ExitCode.USAGE, "quality_assurer"),
        ("ncpes sign 2018 --role quality_assurer --name ' '", ExitCode.USAGE, "--name"),
        ("ncpes load 2018 1999", ExitCode.USAGE, "ncpes intake"),
        ("ncpes schema nothing", ExitCode.USAGE, "ncpes schema"),
        ('ncpes query "select * from nothing"', ExitCode.USAGE, "ncpes schema"),
        ('ncpes query "select 1; select 2"', ExitCode.USAGE, "One statement"),
        ("ncpes query \"copy pub_methods to 'x.csv'\"", ExitCode.USAGE, "disabled"),
        ("ncpes query \"select count(*) from read_csv('/etc/hosts')\"", ExitCode.USAGE, "disabled"),
    ],
)
def test_a_wrong_command_says_what_to_do_and_does_nothing(
    unchanged: World, command: str, code: int, words: str
) -> None:
    from orchestration.cli import exit_code_of

    before = contents(unchanged)
    try:
        result = run(unchanged, command)
        assert (result.exit_code, words in result.output) == (code, True)
    except Exception as error:  # what `main` would print is asked of the same function
        assert exit_code_of(error) == code
        assert words in str(error)
    assert contents(unchanged) == before
