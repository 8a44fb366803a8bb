"""Plants every class of fault in the files of a small drawn return, loads it, and says what the stored decision said.

`python -m tests.mutation.campaign` (make mutation) prints detection by class and size and the false alarms of drawn
years without a fault, and writes both to `expectations/detection.json` and its page. What an interrupted campaign has
measured is kept beside the record and not measured again. Belongs here: the order of work and what is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.detection import (
    PAGE,
    RECORD,
    CleanYear,
    Detection,
    FaultClassRecord,
    Planting,
    render_page,
    summary_lines,
)
from expectations.loader import suites_digest
from tests.mutation.fault_class import set_of
from tests.mutation.fault_classes import CLASSES, FaultClass
from tests.mutation.home import YEAR, Home, Outcome
from tests.mutation.honest_change import names

RESPONDENTS, TRUSTS = 7000, 30
FIRST_SEED = 101


class Kept:
    """Outcomes measured so far with the checks as they are, in a file: a campaign takes most of an hour."""

    def __init__(self, path: Path, digest: str) -> None:
        self._path, self._digest = path, digest
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self._outcomes: dict[str, Any] = found.get("outcomes", {}) if found.get("digest") == digest else {}

    def get(self, key: str, measure: Callable[[], Any]) -> Any:
        """What was measured under a key, or is now."""
        if key not in self._outcomes:
            self._outcomes[key] = measure()
            text = json.dumps({"digest": self._digest, "outcomes": self._outcomes})
            self._path.write_text(text, encoding="utf-8")
        return self._outcomes[key]


def plant_all(kept: Kept, home: Callable[[], Home], chosen: list[str], *, only_stated: bool) -> list[FaultClassRecord]:
    """Every chosen class at its sizes. Raises RuntimeError where the year without a fault is not passed either."""
    baseline = Outcome(**kept.get("baseline", lambda: asdict(home().load(YEAR))))
    if baseline.stopped or baseline.verdict == "crashed":
        raise RuntimeError(f"the year without a fault was {baseline.verdict}: {', '.join(baseline.critical)}")
    records = []
    for name in chosen:
        fault_class = CLASSES[name]
        plantings = []
        for size in fault_class.sizes[: 1 if only_stated else None]:
            outcome = Outcome(**kept.get(f"{name} {size:g}", lambda c=fault_class, s=size: _plant(home(), c, s)))
            plantings.append(_planting(fault_class, size, outcome, baseline))
            print(_line(name, f"{size:g}", plantings[-1]), flush=True)
        title = fault_class.title or name.replace("_", " ").capitalize()
        of = fault_class.of or "what it can spoil"
        records.append(FaultClassRecord(name, title, set_of(fault_class), fault_class.expected, of, tuple(plantings)))
    return records


def _plant(home: Home, fault_class: FaultClass, size: float) -> dict[str, Any]:
    home.restore()
    home.plant(fault_class, size)
    return asdict(home.load(YEAR, to_the_end=False))


def _planting(fault_class: FaultClass, size: float, outcome: Outcome, baseline: Outcome) -> Planting:
    """Stopped; or, where a true change can look the same, warned of something that is not so without the fault."""
    warned = tuple(alarm for alarm in outcome.alarms if alarm not in baseline.alarms)
    is_noticed = outcome.stopped or (not fault_class.must_stop and outcome.verdict != "crashed" and bool(warned))
    return Planting(size, outcome.verdict, is_noticed, tuple(outcome.critical[:3]), warned[:3])


def draw_clean_years(kept: Kept, folder: Path, n_seeds: int) -> list[CleanYear]:
    """Drawn years without a fault, three that have a year before them from each seed."""
    years: list[CleanYear] = []
    for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
        for entry in kept.get(f"seed {seed}", lambda s=seed: _draw(folder / str(s), s)):
            years.append(CleanYear(seed, entry["survey_year"], tuple(entry["critical"]), tuple(entry["warnings"])))
            print(
                f"seed {seed}, {years[-1].survey_year}: {', '.join(years[-1].critical) or 'no critical check failed'}"
            )
    return years


def _draw(folder: Path, seed: int) -> list[dict[str, Any]]:
    home = Home(folder, seed=seed, respondents=RESPONDENTS, trusts=TRUSTS)
    outcome = home.load(*home.years)
    if outcome.verdict in ("crashed", "refused"):
        raise RuntimeError(f"seed {seed} without a fault was {outcome.verdict}: {', '.join(outcome.critical)}")
    shutil.rmtree(folder)
    return [{"survey_year": year} | outcome.failed_in(year) for year in home.years[1:]]


def _line(name: str, size: str, planting: Planting) -> str:
    shown = ", ".join([*planting.critical, *(f"({check})" for check in planting.warnings[:2])])
    return f"{'  ' if planting.is_noticed else '! '}{name:52} {size:>6}  {planting.verdict:8}  {shown}"


def _print_classes(chosen: list[str]) -> None:
    for name in chosen:
        fault_class = CLASSES[name]
        sizes = ", ".join(f"{size:g}" for size in fault_class.sizes)
        print(f"{name}  ({fault_class.expected}; {sizes} of {fault_class.of or 'what it can spoil'})")
        if fault_class.title:
            print(f"    {fault_class.title}.\n    Harm: {fault_class.harm}")


def _base_home(folder: Path) -> Callable[[], Home]:
    """The home in which faults are planted, made and loaded when it is first needed."""
    made: list[Home] = []

    def home() -> Home:
        if not made:
            made.append(Home(folder, respondents=RESPONDENTS, trusts=TRUSTS))
            base = made[0].load(*made[0].years[:-1], promotes=True)
            if base.verdict not in ("passed", "passed_with_waivers"):
                raise RuntimeError(f"the years before were {base.verdict}: {', '.join(base.critical)}")
            made[0].keep()
        return made[0]

    return home


def main() -> None:
    """Run the campaign and print recall and false alarms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=7, help="each gives three drawn years with a year before them")
    parser.add_argument("--list", action="store_true", help="print the classes and what is expected; load nothing")
    parser.add_argument("--only-stated", action="store_true", help="plant at the stated size of a class only")
    parser.add_argument("classes", nargs="*", help="classes to plant; the record is written for all classes only")
    options = parser.parse_args()
    chosen = options.classes or list(CLASSES)
    if options.list:
        _print_classes(chosen)
        return
    digest = suites_digest()
    kept = Kept(RECORD.with_name(".detection.json"), digest)
    with tempfile.TemporaryDirectory() as name:
        records = plant_all(kept, _base_home(Path(name) / "faults"), chosen, only_stated=options.only_stated)
        years = draw_clean_years(kept, Path(name), options.seeds)
    today = datetime.now(UTC).date().isoformat()
    measured = Detection(today, digest, RESPONDENTS, TRUSTS, tuple(names()), tuple(records), tuple(years))
    print("\n" + "\n".join(summary_lines(measured)))
    print(f"Not noticed: {', '.join(record.name for record in measured.missed) or 'none'}")
    if not options.classes:
        RECORD.write_text(measured.to_json(), encoding="utf-8")
        PAGE.write_text(render_page(measured), encoding="utf-8")
        print(f"Written: expectations/{RECORD.name}, expectations/{PAGE.name}")


if __name__ == "__main__":
    main()
