"""Accepting a reviewed proposal: its rows are appended to the seeds, if they then form a registry without a fault."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from orchestration.intake.proposal.write import REVIEW_COLUMNS, csv_text
from orchestration.intake.rules import RULE_SEEDS
from orchestration.registry import load_registry


class Undecided(ValueError):
    """Rows of a proposal that nobody has decided on."""


def accept_proposal(folder: Path, seeds: Path, accept: Collection[str] = ()) -> dict[str, int]:
    """Append the accepted rows of a reviewed proposal to the seeds of a folder; rows added by seed.

    A row is accepted by `yes` under `accept`. The argument names confidences (certain, likely,
    unsure) whose undecided rows a person takes as a whole. The seeds are replaced together, and only if they form a
    registry without a problem.

    Raises:
        Undecided: rows without yes or no, by seed.
        RegistryError: the seeds would not fit one another; nothing was changed.
    """
    chosen: dict[str, list[dict[str, str]]] = {}
    undecided: dict[str, int] = {}
    for seed in RULE_SEEDS:
        path = folder / f"{seed}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                decision = row["accept"].strip().lower() or ("yes" if row["confidence"] in accept else "")
                if decision == "yes":
                    values = {name: value for name, value in row.items() if name not in REVIEW_COLUMNS}
                    chosen.setdefault(seed, []).append(values)
                elif decision != "no":
                    undecided[seed] = undecided.get(seed, 0) + 1
    if undecided:
        listed = ", ".join(f"{seed}.csv {count}" for seed, count in undecided.items())
        raise Undecided(f"rows without yes or no under accept: {listed}; decide on each in {folder.name}")
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
