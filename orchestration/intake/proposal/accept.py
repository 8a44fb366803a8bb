"""Accepting a reviewed proposal: its rows are appended to the seeds, if they then form a registry without a fault."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from orchestration.intake.proposal.errors import ProposalError, Undecided
from orchestration.intake.proposal.rows import PROPOSED_SEEDS
from orchestration.intake.proposal.write import REVIEW_COLUMNS, csv_text
from orchestration.registry import load_registry


def accept_proposal(folder: Path, seeds: Path, accept: Collection[str] = ()) -> dict[str, int]:
    """Append the accepted rows of a reviewed proposal to the seeds of a folder; rows added by seed.

    A row is accepted by `yes` under `accept`. The argument names confidences (certain, likely,
    unsure) whose undecided rows a person takes as a whole. The seeds are replaced together, and only if they form a
    registry without a problem.

    Raises:
        ProposalError: the folder holds no proposal, a file of it has lost its columns, or its year is registered.
        Undecided: rows without yes or no, by seed.
        RegistryError: the seeds would not fit one another; nothing was changed.
    """
    chosen, undecided = _read_decisions(folder, seeds, accept)
    if undecided:
        listed = ", ".join(f"{seed}.csv {count}" for seed, count in undecided.items())
        raise Undecided(
            f"rows without yes or no under accept: {listed}; decide on each in {folder}, or take those of one "
            "confidence as a whole (--level likely)"
        )
    _refuse_known_years(chosen, seeds)
    with tempfile.TemporaryDirectory(prefix=".accepting-", dir=seeds.parent) as scratch:
        trial = Path(scratch) / "seeds"
        shutil.copytree(seeds, trial)
        for seed, rows in chosen.items():
            with (trial / f"{seed}.csv").open("a", encoding="utf-8", newline="") as file:
                file.write(csv_text(list(rows[0]), rows, header=False))
        load_registry(trial)
        for seed in chosen:
            (trial / f"{seed}.csv").replace(seeds / f"{seed}.csv")
    return {seed: len(rows) for seed, rows in chosen.items()}


def _refuse_known_years(chosen: Mapping[str, Sequence[Mapping[str, str]]], seeds: Path) -> None:
    with (seeds / "survey_years.csv").open(encoding="utf-8", newline="") as file:
        known = {row["survey_year"] for row in csv.DictReader(file)}
    doubled = sorted(known & {row["survey_year"] for row in chosen.get("survey_years", ())})
    if doubled:
        raise ProposalError(
            f"{', '.join(doubled)} is in the registry already: this proposal, or another one, has been accepted. Load "
            "the year; single rows are changed in dbt_project/seeds"
        )


def _read_decisions(
    folder: Path, seeds: Path, accept: Collection[str]
) -> tuple[dict[str, list[dict[str, str]]], dict[str, int]]:
    """(accepted rows by seed, number of undecided rows by seed) of a proposal. Raises ProposalError."""
    chosen: dict[str, list[dict[str, str]]] = {}
    undecided: dict[str, int] = {}
    paths = [path for seed in PROPOSED_SEEDS if (path := folder / f"{seed}.csv").is_file()]
    if not paths:
        raise ProposalError(f"{folder} holds no proposal: make one with `ncpes intake FILES --year YEAR`")
    for path in paths:
        for row in _read_reviewed(path, seeds / path.name):
            decision = row["accept"].strip().lower() or ("yes" if row["confidence"] in accept else "")
            if decision == "yes":
                values = {name: value for name, value in row.items() if name not in REVIEW_COLUMNS}
                chosen.setdefault(path.stem, []).append(values)
            elif decision != "no":
                undecided[path.stem] = undecided.get(path.stem, 0) + 1
    return chosen, undecided


def _read_reviewed(path: Path, seed: Path) -> list[dict[str, str]]:
    """Rows of a reviewed file, as a spreadsheet may have saved it; its columns are those of the seed and of review."""
    with seed.open(encoding="utf-8", newline="") as file:
        columns = [*REVIEW_COLUMNS, *next(csv.reader(file))]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise ProposalError(f"{path} is not UTF-8: save it as CSV UTF-8") from error
    if reader.fieldnames != columns or any(None in row or None in row.values() for row in rows):
        what = "has not the columns that were proposed, separated by commas"
        raise ProposalError(f"{path} {what}: save it as CSV (comma, UTF-8) with the columns {', '.join(columns)}")
    return rows
