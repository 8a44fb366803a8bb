"""Plants every class of fault in the files of a small drawn return, loads it, and says what the stored decision said.

`python -m tests.mutation.campaign` (make mutation) prints detection by class and size, and the false alarms of clean
drawn years. Belongs here: homes, loads and the table. Does not belong here: classes of fault, checks.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from orchestration.examples import write_examples
from orchestration.intake import IntakeRefused
from orchestration.load.run import LoadRunner
from orchestration.load.session import LoadOptions
from orchestration.registry import load_registry
from orchestration.settings import Settings
from tests.mutation.fault_classes import CLASSES, FaultClass, Files

YEAR = 2018
KINDS = ("sample", "responses", "organisations")


@dataclass(frozen=True)
class Outcome:
    """What became of a load (refused, held, passed or crashed), and the checks that failed by severity."""

    verdict: str
    critical: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def stopped(self) -> bool:
        """True where no release could follow."""
        return self.verdict in ("refused", "held")


class Home:
    """A home with 2015-2017 loaded and a clean drawn return of 2018, put back before every load."""

    def __init__(self, folder: Path, *, seed: int = 1, respondents: int = 6000, trusts: int = 30) -> None:
        self._live, self._kept = folder / "live", folder / "kept"
        self.settings = Settings.model_validate({"home": self._live, "data_origin": "synthetic"})
        self._runner = LoadRunner(self.settings)
        registry = load_registry(self.settings.seeds)
        self.years = [year for year in registry.years if year <= YEAR]
        for year in self.years:
            write_examples(
                self.settings, registry, year, seed=seed, calibrated=False, respondents=respondents, trusts=trusts
            )

    def load(self, year: int) -> Outcome:
        """Load a year to its candidate and read the decision that was stored."""
        try:
            self._runner.load(year, LoadOptions(publishes=False))
        except IntakeRefused:
            return Outcome("refused")
        except Exception as error:  # a load that crashed is an outcome too, and counts as a fault not noticed
            return Outcome("crashed", (f"{type(error).__name__}: {str(error)[:80]}",))
        folder = self.settings.candidates / str(year)
        decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
        checks = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
        failed = [check for check in checks if check["status"] in ("fail", "error")]
        return Outcome(
            decision["verdict"],
            tuple(check["check_id"] for check in failed if check["severity"] == "critical"),
            tuple(check["check_id"] for check in failed if check["severity"] == "warning"),
        )

    def keep(self) -> None:
        """Remember the home as it is, for `restore`."""
        shutil.copytree(self._live, self._kept, symlinks=True)

    def restore(self) -> None:
        """Put back what `keep` remembered: returns, lake and warehouse; what dbt parsed stays."""
        root = self.settings.root
        shutil.rmtree(root)
        shutil.copytree(self._kept / root.relative_to(self._live), root, symlinks=True)

    def plant(self, fault_class: FaultClass, share: float) -> None:
        """Spoil the files of the year by a class of fault."""
        files = self._read(YEAR)
        fault_class.plant(files, share)
        for kind in KINDS:
            getattr(files, kind).to_csv(self._path(kind, YEAR), index=False, lineterminator="\n")

    def _read(self, year: int) -> Files:
        now, before = ([self._table(kind, y) for kind in KINDS] for y in (year, year - 1))
        return Files(*now, self.settings.returns / str(year), year, (before[0], before[1]), np.random.default_rng(year))

    def _table(self, kind: str, year: int) -> pd.DataFrame:
        return pd.read_csv(self._path(kind, year), dtype=str, keep_default_na=False)

    def _path(self, kind: str, year: int) -> Path:
        return self.settings.returns / str(year) / f"{kind}_{year}.csv"


def detect(home: Home, names: list[str], *, only_stated: bool = False) -> dict[tuple[str, float], Outcome]:
    """Outcome of every named class at every size, or at its stated one; the home must be kept before the year loads."""
    outcomes = {}
    for name in names:
        for share in CLASSES[name].sizes[: 1 if only_stated else None]:
            home.restore()
            home.plant(CLASSES[name], share)
            outcomes[name, share] = home.load(YEAR)
            print(_line(name, share, outcomes[name, share]), flush=True)
    return outcomes


def is_detected(fault_class: FaultClass, outcome: Outcome) -> bool:
    """Stopped, or for a class that a true change can cause at least warned about."""
    return outcome.stopped or (not fault_class.must_stop and bool(outcome.warnings))


def clean_years(folder: Path, n_seeds: int, respondents: int, trusts: int) -> list[tuple[str, Outcome]]:
    """Outcomes of drawn years without a fault, three with a year before them a seed."""
    outcomes = []
    for seed in range(101, 101 + n_seeds):
        home = Home(folder / str(seed), seed=seed, respondents=respondents, trusts=trusts)
        for year in home.years:
            outcome = home.load(year)
            if year > home.years[0]:
                outcomes.append((f"seed {seed}, {year}", outcome))
                print(_line(*outcomes[-1][0].split(", "), outcome), flush=True)
        shutil.rmtree(folder / str(seed))
    return outcomes


def _line(name: object, size: object, outcome: Outcome) -> str:
    shown = ", ".join([*outcome.critical[:3], *(f"({check})" for check in outcome.warnings[:2])])
    return f"{name!s:45} {size!s:>6}  {outcome.verdict:8}  {shown}"


def _print_classes(names: list[str]) -> None:
    for name in names:
        fault_class = CLASSES[name]
        sizes = ", ".join(f"{size:g}" for size in fault_class.sizes)
        print(f"{name}  ({fault_class.expected}; {sizes} of {fault_class.of or 'what it can spoil'})")
        if fault_class.title:
            print(f"    {fault_class.title}.\n    Harm: {fault_class.harm}")


def _print_recall(names: list[str], outcomes: dict[tuple[str, float], Outcome]) -> None:
    """Recall at the stated sizes; apart for the classes written without having read the suites, the honest figure."""
    judged = {name: is_detected(CLASSES[name], outcomes[name, CLASSES[name].sizes[0]]) for name in names}
    for is_blind, kind in ((False, "classes"), (True, "classes written without having read the suites")):
        found = [judged[name] for name in names if CLASSES[name].is_blind == is_blind]
        if found:
            print(f"{sum(found)} of {len(found)} {kind} detected at the stated size ({sum(found) / len(found):.0%})")
    print(f"missed: {', '.join(name for name in names if not judged[name]) or 'none'}")


def main() -> None:
    """Run the campaign and print recall and false alarms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=6000)
    parser.add_argument("--trusts", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=7, help="each gives three clean years with a year before them")
    parser.add_argument("--list", action="store_true", help="print the classes and what is expected; load nothing")
    parser.add_argument("--only-stated", action="store_true", help="plant at the size a class is judged at only")
    parser.add_argument("classes", nargs="*", default=list(CLASSES))
    options = parser.parse_args()
    if options.list:
        _print_classes(options.classes)
        return
    with tempfile.TemporaryDirectory() as name:
        home = Home(Path(name) / "faults", respondents=options.respondents, trusts=options.trusts)
        for year in home.years[:-1]:
            home.load(year)
        home.keep()
        outcomes = detect(home, options.classes, only_stated=options.only_stated)
        alarms = clean_years(Path(name) / "clean", options.seeds, options.respondents, options.trusts)
    print()
    _print_recall(options.classes, outcomes)
    false = [name for name, outcome in alarms if outcome.stopped]
    print(f"{len(false)} of {len(alarms)} clean drawn years held: {', '.join(false) or 'none'}")


if __name__ == "__main__":
    main()
