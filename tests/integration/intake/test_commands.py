"""`ncpes intake`, `accept` and `quarantine` as a person runs them: words, next steps and exit codes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import cli, exit_code_of
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns import fictional
from tests.integration.intake.sample_returns.small import SEEDS, YEAR, Return, Take, small_return, small_settings

Ncpes = Callable[..., tuple[int, str]]


@pytest.fixture
def ncpes(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ncpes:
    """Runs the command line on the home of the test; (exit code, everything that was printed)."""
    monkeypatch.setenv("NCPES_HOME", str(settings.home))
    monkeypatch.setenv("NCPES_DATA_ORIGIN", "synthetic")

    def run(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        if result.exception is None or isinstance(result.exception, SystemExit):
            return result.exit_code, result.output
        # As `main` does: an exception becomes a message and a code.
        code = exit_code_of(result.exception)
        return code, result.output + capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def fictional_files(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files of a year that the registry does not know, with their delivery note, as a folder of returns holds them."""
    folder = tmp_path_factory.mktemp("incoming")
    fictional.write_fictional(small_settings(folder / "made"), registry, folder / "files", respondents=300)
    return sorted((folder / "files").iterdir())


@pytest.fixture(scope="module")
def proposed(fictional_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A proposal for the fictional year, made by the command."""
    home = tmp_path_factory.mktemp("proposed")
    folder = home / "2019"
    arguments = ["intake", *map(str, fictional_files), "--year", "2019", "--out", str(folder)]
    result = CliRunner(env={"NCPES_HOME": str(home)}).invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return folder


def a_copy(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target / folder.name))


def decide_all(folder: Path, encoding: str = "utf-8") -> None:
    """Every row decided with yes, saved as a spreadsheet would."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{**row, "accept": "YES "} for row in reader]
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or ())
            writer.writeheader()
            writer.writerows(rows)


def test_intake_says_what_changed_what_to_decide_and_what_comes_next(
    ncpes: Ncpes, fictional_files: list[Path], settings: Settings
) -> None:
    code, text = ncpes("intake", *fictional_files, "--year", 2019)
    folder = settings.root / "proposals" / "2019"
    assert code == 0
    assert "2019 compared with 2018: " in text and "53 renumbered, 1 reworded, 1 recoded" in text
    assert "Q23 (was Q21): reworded" in text
    assert f"Next: ncpes accept {folder}" in text
    assert {"proposal.md", "questions.csv", "seeds.patch"} <= {path.name for path in folder.iterdir()}


def test_a_question_under_a_new_name_is_not_dropped_unread(
    ncpes: Ncpes, fictional_files: list[Path], tmp_path: Path
) -> None:
    files = [Path(shutil.copy(path, tmp_path)) for path in fictional_files]
    (responses,) = (path for path in files if path.name.startswith("responses"))
    header, _, rows = responses.read_text(encoding="utf-8").partition("\n")
    responses.write_text(header.replace(",Q10,", ",Q10_information,") + "\n" + rows, encoding="utf-8")
    code, said = ncpes("intake", *files, "--year", 2019, "--out", tmp_path / "proposal")
    assert code == 0
    assert "unknown columns, proposed as ignored: Q10_information" in " ".join(said.split())
    assert "Q10_information" in (tmp_path / "proposal" / "proposal.md").read_text(encoding="utf-8")


def test_a_proposal_that_may_be_reviewed_is_not_overwritten(
    ncpes: Ncpes, fictional_files: list[Path], proposed: Path, tmp_path: Path
) -> None:
    folder = a_copy(proposed, tmp_path)
    decide_all(folder)
    reviewed = (folder / "questions.csv").read_bytes()
    code, text = ncpes("intake", *fictional_files, "--year", 2019, "--out", folder)
    assert (code, "--replace" in text) == (2, True)
    assert (folder / "questions.csv").read_bytes() == reviewed
    (folder / "corrections.csv").write_text("left over\n")
    code, _ = ncpes("intake", *fictional_files, "--year", 2019, "--out", folder, "--replace")
    assert code == 0
    assert (folder / "questions.csv").read_bytes() == (proposed / "questions.csv").read_bytes()
    assert not (folder / "corrections.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["intake"], 2, "Missing argument 'FILES...'"),
        (["intake", "{sample}"], 2, "Missing option '--year'"),
        (["intake", "{sample}", "--year", "soon"], 2, "not a valid integer"),
        (["intake", "{folder}/none.csv", "--year", "2019"], 2, "does not exist"),
        (["intake", "{folder}", "--year", "2019"], 2, "is a directory"),
        (["intake", "{sample}", "--year", "2019"], 20, "no file holds answers"),
        (["intake", "{sample}", "{sample}", "--year", "2019"], 20, "next:"),
        (["intake", "{sample}", "--year", "2018"], 24, "the registry has 2018 already"),
        (["intake", "{sample}", "--year", "2001"], 24, "there is no earlier year"),
        (["accept", "{folder}/none"], 2, "does not exist"),
        (["accept", "{folder}"], 2, "holds no proposal"),
        (["accept", "{folder}", "--level", "likly"], 2, "'certain', 'likely', 'unsure'"),
        (["quarantine", "nonsense"], 2, "No such command"),
        (["quarantine", "show"], 2, "Missing argument 'YEAR'"),
        (["quarantine", "show", "2018", "--limit", "0"], 2, "x>=1"),
        (["quarantine", "show", "2018"], 2, "has not been received. Next: `ncpes load 2018`"),
        (["quarantine", "show", "2018", "--delivery", "nosuch"], 2, "nosuch of 2018 has not been received"),
        (["quarantine", "show", "2014"], 20, "no return of 2014"),
        (["quarantine", "replay", "2014"], 20, "no return of 2014"),
        (["quarantine", "replay", "2016"], 20, "no return of 2016"),
        (["quarantine", "list"], 0, "Nothing is in quarantine."),
        (["quarantine", "list", "2016"], 0, "Nothing of 2016 is in quarantine."),
    ],
)
def test_wrong_use_ends_in_a_message_and_its_code(
    arguments: list[str], code: int, says: str, ncpes: Ncpes, good: Return, settings: Settings
) -> None:
    folder = good.write(settings)
    sample = folder / f"sample_{YEAR}.csv"
    found, text = ncpes(*(argument.format(sample=sample, folder=folder) for argument in arguments))
    assert (found, says in " ".join(text.split())) == (code, True), text
    assert "Traceback" not in text
    assert not (settings.home / "logs").exists()


def test_accept_adds_the_rows_and_says_how_to_load(ncpes: Ncpes, proposed: Path, tmp_path: Path) -> None:
    folder, seeds = a_copy(proposed, tmp_path), a_copy(SEEDS, tmp_path)
    code, text = ncpes("accept", folder, "--seeds", seeds)
    assert code == 2 and "questions.csv" in text and "--level likely" in text
    decide_all(folder, encoding="utf-8-sig")
    code, text = ncpes("accept", folder, "--seeds", seeds)
    assert code == 0 and "questions.csv: 70 rows added" in text and "ncpes load 2019" in text
    accepted = {path.name: path.read_bytes() for path in seeds.iterdir()}
    code, text = ncpes("accept", folder, "--seeds", seeds)
    assert (code, "2019 is in the registry already" in text) == (2, True)
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == accepted


def test_accept_takes_a_confidence_as_a_whole(ncpes: Ncpes, proposed: Path, tmp_path: Path) -> None:
    seeds = a_copy(SEEDS, tmp_path)
    code, text = ncpes("accept", proposed, "--seeds", seeds, "--level", "likely")
    assert code == 2 and "response_options.csv 1;" in text
    code, _ = ncpes("accept", proposed, "--seeds", seeds, "--level", "likely", "--level", "unsure")
    assert code == 0


def cut_a_column(path: Path) -> None:
    path.write_text("\n".join(line.partition(",")[2] for line in path.read_text().splitlines()))


def save_with_semicolons(path: Path) -> None:
    path.write_text(path.read_text().replace(",", ";"))


def save_as_utf_16(path: Path) -> None:
    path.write_text(path.read_text(), encoding="utf-16")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut_a_column, "does not have the columns"),
        (save_with_semicolons, "does not have the columns"),
        (save_as_utf_16, "save it as CSV UTF-8"),
    ],
)
def test_a_review_that_a_spreadsheet_spoiled_changes_nothing(
    damage: Callable[[Path], None], says: str, ncpes: Ncpes, proposed: Path, tmp_path: Path
) -> None:
    folder, seeds = a_copy(proposed, tmp_path), a_copy(SEEDS, tmp_path)
    decide_all(folder)
    damage(folder / "questions.csv")
    code, text = ncpes("accept", folder, "--seeds", seeds)
    assert (code, says in text, "questions.csv" in text) == (2, True, True), text
    assert (seeds / "questions.csv").read_bytes() == (SEEDS / "questions.csv").read_bytes()


def test_rows_that_fit_nothing_leave_the_registry_as_it_was(ncpes: Ncpes, proposed: Path, tmp_path: Path) -> None:
    folder, seeds = a_copy(proposed, tmp_path), a_copy(SEEDS, tmp_path)
    (folder / "response_options.csv").unlink()
    decide_all(folder)
    code, text = ncpes("accept", folder, "--seeds", seeds)
    assert code == 2 and "The registry" in text
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == {
        path.name: path.read_bytes() for path in SEEDS.iterdir()
    }


def test_quarantined_rows_are_listed_shown_and_come_back(ncpes: Ncpes, registry: Registry, settings: Settings) -> None:
    spoiled = small_return(registry)
    for row in (2, 5):
        spoiled.sample.set(row, "TRUST_CODE", "XXX")
    spoiled.write(settings)
    code, text = ncpes("quarantine", "replay", YEAR)
    assert code == 0 and "unknown_trust: 2 rows in quarantine" in text and f"ncpes load {YEAR}" in text
    code, text = ncpes("quarantine", "list")
    assert code == 0 and "add it there or correct the code" in " ".join(text.replace("│", " ").split())
    assert f"ncpes quarantine show {YEAR}" in text and "18000003" not in text
    code, text = ncpes("quarantine", "show", YEAR, "--limit", 1)
    assert code == 0 and text.count("unknown_trust") == 1 and "18000003" in text and "and more" in text
    code, text = ncpes("quarantine", "show", YEAR, "--reason", "no_trust")
    assert code == 0 and "No row of 2018 has the reason no_trust" in text
    code, text = ncpes("quarantine", "replay", YEAR)
    assert code == 0 and "Nothing changed" in text and "Still in quarantine: 2 rows" in text


def test_a_correction_brings_rows_back(
    ncpes: Ncpes, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    spoiled = small_return(registry)
    spoiled.sample.set(2, "TRUST_CODE", "XXX")
    take(spoiled)
    project = tmp_path / "project"
    a_copy(SEEDS, project / "dbt_project")
    with (project / "dbt_project" / "seeds" / "corrections.csv").open("a") as file:
        file.write("c1,2018,sample,TRUST_CODE,TRUST_CODE,XXX,XXX,RA1,typing error,engineer,2026-01-01,2027-01-01\n")
    monkeypatch.setattr("orchestration.settings.Settings.seeds", project / "dbt_project" / "seeds")
    code, text = ncpes("quarantine", "replay", YEAR)
    assert code == 0, text
    assert "unknown_trust: 1 rows came back" in text and "correction c1 changed 1 rows" in text
    assert f"Load the year: ncpes load {YEAR}" in text and "Still in quarantine" not in text
