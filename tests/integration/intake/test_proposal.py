"""The fictional 2019 is understood, proposed, accepted and loaded without a line of code changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.examples import write_examples
from orchestration.intake.proposal.folder import Proposal, ProposalError, accept_proposal
from orchestration.intake.proposal.propose import propose
from orchestration.intake.receive import receive_return
from orchestration.intake.refusal import IntakeRefused
from orchestration.registry import Registry, load_registry
from orchestration.settings import PROJECT_ROOT, Settings
from tests.integration.intake.sample_returns import fictional
from tests.integration.intake.sample_returns.small import small_settings


@pytest.fixture(scope="module")
def home(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with a copy of the seeds, 2018 landed, and the files of 2019 in `incoming`."""
    folder = tmp_path_factory.mktemp("fictional")
    settings = fictional.seeds_of(small_settings(folder / "home"), folder)
    write_examples(settings, registry, fictional.BASE, respondents=2_500, trusts=20)
    receive_return(settings, registry, fictional.BASE)
    fictional.write_fictional(settings, registry, folder / "incoming")
    return settings


@pytest.fixture(scope="module")
def incoming(home: Settings) -> list[Path]:
    return sorted((home.home.parent / "incoming").glob("*.csv"))


@pytest.fixture(scope="module")
def proposal(home: Settings, registry: Registry, incoming: list[Path]) -> Proposal:
    return propose(home, registry, incoming, fictional.YEAR, folder_of(home))


def folder_of(home: Settings) -> Path:
    return home.home.parent / "proposal"


def wrong_and_right(proposal: Proposal) -> tuple[list[tuple[str, str | None, str]], int, int]:
    """Wrong matches with their confidence, renumbered questions found, and renumbered questions there are."""
    truth = {
        f"q{fictional.new_number(number)}": f"q{number}" for number in range(1, 71) if number not in fictional.DROPPED
    }
    wrong, found, there = [], 0, 0
    for match in proposal.matches:
        old = match.old.question_id if match.old else None
        expected = truth.get(match.new.question_id)
        there += expected is not None and expected != match.new.question_id
        found += old is not None and old == expected and old != match.new.question_id
        if old != expected:
            wrong.append((match.new.question_id, old, match.confidence))
    return wrong, found, there


def test_every_renumbered_question_is_found_by_text(proposal: Proposal) -> None:
    wrong, found, there = wrong_and_right(proposal)
    assert found >= 0.95 * there
    assert wrong == []


def test_what_changed_is_said(proposal: Proposal) -> None:
    changes = {match.old.number: match.changes for match in proposal.matches if match.old}
    assert "reworded" in changes[fictional.REWORDED]
    assert "recoded" in changes[fictional.RECODED]
    assert all("new options" in changes[number] for number in fictional.NEW_OPTIONS)
    assert sorted(match.new.number for match in proposal.matches if not match.old) == sorted(fictional.NEW)
    assert sorted(question.number for question in proposal.dropped) == sorted(fictional.DROPPED)


def test_the_months_of_discharge_are_carried_over_for_a_person_to_confirm(proposal: Proposal) -> None:
    (year,) = [row for row in proposal.rows if row.seed == "survey_years"]
    assert (year.values["first_discharge_month"], year.values["last_discharge_month"]) == ("4", "6")
    assert year.confidence == "likely" and "months of discharge" in year.note


def test_without_texts_nothing_is_certain_and_most_is_found(
    home: Settings, registry: Registry, incoming: list[Path]
) -> None:
    files = [path for path in incoming if "codebook" not in path.name]
    blind = propose(home, registry, files, fictional.YEAR)
    wrong, found, there = wrong_and_right(blind)
    assert not [match for match in wrong if match[2] == "certain"]
    assert found >= 0.95 * there, (found, there, wrong)
    # The recoded question is found by its answers, and only it is suspected; its options stay as they are registered.
    (suspected,) = [match for match in blind.matches if match.recoding]
    assert suspected.old is not None and suspected.old.number == fictional.RECODED
    assert (suspected.confidence, "recoded?" in suspected.changes) == ("unsure", True)
    rows = [row for row in blind.rows if row.values.get("question_id") == suspected.new.question_id]
    assert {row.confidence for row in rows} == {"unsure"}
    (question,) = [row for row in rows if row.seed == "questions"]
    assert "the answers suggest other codes" in question.note
    registered = {option.option_code: option.option_label for option in registry.options(2018, "q33")}
    options = {int(row.values["option_code"]): row.values["option_label"] for row in rows if "role" in row.values}
    assert options == registered


def test_nothing_is_accepted_silently(home: Settings, proposal: Proposal, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(home.seeds, seeds)
    before = {path.name: path.read_bytes() for path in seeds.iterdir()}
    with pytest.raises(ProposalError, match="without yes or no"):
        accept_proposal(folder_of(home), seeds)
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == before


def test_the_new_year_loads_after_acceptance(
    home: Settings, registry: Registry, proposal: Proposal, incoming: list[Path]
) -> None:
    folder = home.returns / str(fictional.YEAR)
    folder.mkdir(parents=True)
    for path in [*incoming, incoming[0].with_name(f"return_{fictional.YEAR}.json")]:
        shutil.copy(path, folder)
    with pytest.raises(IntakeRefused, match="no survey year 2019"):
        receive_return(home, registry, fictional.YEAR)
    added = accept_proposal(folder_of(home), home.seeds, accept=("certain", "likely", "unsure"))
    assert added["questions"] == 70  # of 71; Q63 asks the year of birth, an identifier that is never read
    receipt = receive_return(home, load_registry(home.seeds), fictional.YEAR)
    assert receipt.n_respondents > 2_400
    assert not receipt.quarantine
    assert receipt.answers["q24"].answered > 0


def test_a_merger_is_proposed_with_its_evidence_and_recorded_when_accepted(
    home: Settings, registry: Registry, incoming: list[Path], tmp_path: Path
) -> None:
    files = [Path(shutil.copy(path, tmp_path)) for path in incoming]
    merged = merge_two_trusts(home, tmp_path)
    folder = tmp_path / "proposal"
    (row,) = [row for row in propose(home, registry, files, fictional.YEAR, folder).rows if "old_code" in row.values]
    assert (row.values["old_code"], row.values["new_code"]) == merged
    assert row.confidence in ("likely", "unsure") and "patients where" in row.evidence
    seeds = Path(shutil.copytree(registry_seeds(), tmp_path / "seeds"))
    assert accept_proposal(folder, seeds, accept=("certain", "likely", "unsure"))["organisation_mergers"] == 1
    (accepted,) = load_registry(seeds).mergers_between(fictional.BASE, fictional.YEAR)
    assert (accepted.old_code, accepted.new_code) == merged


def registry_seeds() -> Path:
    return PROJECT_ROOT / "dbt_project" / "seeds"


def merge_two_trusts(home: Settings, folder: Path) -> tuple[str, str]:
    """Writes the organisations and the sample of 2018 as those of the new year, with one trust inside another."""
    base = home.returns / str(fictional.BASE)
    organisations = (base / f"organisations_{fictional.BASE}.csv").read_text().splitlines()
    trusts = [line.split(",") for line in organisations if line.lower().startswith("trust,")]
    old = trusts[0]
    new = next(other for other in trusts[1:] if other[-1] == old[-1])
    kept = [line for line in organisations if line.split(",") != old]
    (folder / f"organisations_{fictional.YEAR}.csv").write_text("\n".join(kept) + "\n")
    sample = (base / f"sample_{fictional.BASE}.csv").read_text().replace(f",{old[1]},", f",{new[1]},")
    (folder / f"sample_{fictional.YEAR}.csv").write_text(sample)
    return old[1], new[1]


def test_organisations_in_other_columns_are_not_said_to_vanish(
    home: Settings, registry: Registry, incoming: list[Path], tmp_path: Path
) -> None:
    files = [Path(shutil.copy(path, tmp_path)) for path in incoming]
    path = tmp_path / f"organisations_{fictional.YEAR}.csv"
    path.write_text(path.read_text().replace("LEVEL,CODE,", "TIER,ODS,", 1))
    proposal = propose(home, registry, files, fictional.YEAR)
    assert proposal.organisations == []
    assert any("no organisation was compared" in point for point in proposal.open_points)


def test_a_registered_year_is_not_proposed(home: Settings, registry: Registry, incoming: list[Path]) -> None:
    with pytest.raises(IntakeRefused, match="already"):
        propose(home, registry, incoming, fictional.BASE)


def test_what_a_spreadsheet_did_to_a_proposal_is_taken_or_named_by_its_own_line(
    home: Settings, proposal: Proposal, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folder_of(home), tmp_path / "proposal"))
    seeds = Path(shutil.copytree(registry_seeds(), tmp_path / "seeds"))
    for path in (folder / "questions.csv", folder / "source_columns.csv"):
        text = path.read_text().replace(",true,", ",TRUE,").replace(",false,", ",FALSE,")
        path.write_text(text, encoding="utf-8-sig")
    for name in ("questions", "survey_years"):
        path = seeds / f"{name}.csv"
        path.write_text(path.read_text().rstrip("\n"), encoding="utf-8-sig")
    lines = (folder / "questions.csv").read_text().splitlines(keepends=True)
    (folder / "questions.csv").write_text("".join(lines).replace(lines[4], lines[4].replace(",FALSE,", ",maybe,", 1)))
    everything = ("certain", "likely", "unsure")
    with pytest.raises(ProposalError, match=r"questions\.csv line 5, column \w+: 'maybe' is neither true nor false"):
        accept_proposal(folder, seeds, accept=everything)
    (folder / "questions.csv").write_text("".join(lines))
    assert accept_proposal(folder, seeds, accept=everything)["questions"] == 70
    assert fictional.YEAR in load_registry(seeds).years
