"""Writing a year's example return into the raw area, whole or not at all.

Belongs here: the front door of the package. Does not belong here: how persons, answers and files are made.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from orchestration.examples.answers import answer_questionnaire
from orchestration.examples.draws import random_stream
from orchestration.examples.errors import ExampleError
from orchestration.examples.files import build_organisations, build_responses, build_sample, write_csv
from orchestration.examples.people import People, draw_people
from orchestration.examples.places import N_TRUSTS, invent_places
from orchestration.examples.plan import FILE_KINDS, ReturnPlan, plan_return
from orchestration.examples.targets import set_totals
from orchestration.registry import Registry
from orchestration.settings import Settings

DEFAULT_SEED = 20_190_904
_ORIGIN = "synthetic"


@dataclass(frozen=True)
class ExampleReturn:
    """An example return as written: its folder and files, and what a reader should know of it."""

    survey_year: int
    folder: Path
    files: tuple[Path, ...]
    is_calibrated: bool
    n_sampled: int
    n_eligible: int  # in the denominator of the response rate
    n_respondents: int  # useable
    n_incomplete: int  # of them without all case-mix covariates
    n_unusable: int  # forms returned empty
    n_unrouted: int  # answers that the routing should have skipped
    uncalibrated_questions: tuple[str, ...]  # not fixed to a published national score


def write_examples(
    settings: Settings,
    registry: Registry,
    survey_year: int,
    *,
    seed: int = DEFAULT_SEED,
    calibrated: bool = True,
    respondents: int | None = None,
    trusts: int | None = None,
) -> ExampleReturn:
    """Write the example return of a year to `settings.returns/<year>/`; the same bytes for the same arguments.

    `calibrated` fixes the national scores to the published ones; without it they vary as years and samples do.
    `respondents` (default: as published) makes a smaller return, `trusts` (default 145) one with fewer organisations.

    Raises ExampleError where the folder holds something else than an example return, where `settings` are of another
    data origin, or where the registry cannot be followed; the folder is then as it was.
    """
    if settings.data_origin != _ORIGIN:
        raise ExampleError(
            f"example returns are {_ORIGIN}, the settings are for {settings.data_origin} data; use settings.for_origin"
            f'("{_ORIGIN}")'
        )
    plan = plan_return(registry, survey_year, seed=seed, calibrated=calibrated, respondents=respondents)
    places = invent_places(seed, N_TRUSTS if trusts is None else trusts)
    people = draw_people(random_stream(seed, survey_year, "people"), places, plan.size)
    totals = set_totals(plan, random_stream(seed, survey_year, "totals"))
    answers = answer_questionnaire(plan, people.only(people.has_responded), places, totals)
    tables = {
        "sample": build_sample(plan, people, places),
        "responses": build_responses(plan, people, answers),
        "organisations": build_organisations(plan, places),
    }
    folder = settings.returns / str(survey_year)
    _write_whole(folder, plan, tables)
    return _describe(plan, people, folder, answers.n_unrouted)


def _describe(plan: ReturnPlan, people: People, folder: Path, n_unrouted: int) -> ExampleReturn:
    return ExampleReturn(
        survey_year=plan.survey_year,
        folder=folder,
        files=tuple(sorted(folder.iterdir())),
        is_calibrated=plan.is_calibrated,
        n_sampled=len(people),
        n_eligible=plan.size.eligible,
        n_respondents=int(np.count_nonzero(people.has_responded)),
        n_incomplete=plan.size.incomplete,
        n_unusable=plan.size.unusable,
        n_unrouted=n_unrouted,
        uncalibrated_questions=plan.uncalibrated_questions,
    )


def _note_name(survey_year: int) -> str:
    return f"return_{survey_year}.json"


def delivery_note(plan: ReturnPlan) -> str:
    """The delivery note, which states the origin."""
    free = ", ".join(plan.uncalibrated_questions)
    calibration = (
        f"National scores equal the published ones{f', but for {free}, which have none' if free else ''}."
        if plan.is_calibrated
        else "National scores are not calibrated."
    )
    if plan.is_calibrated and plan.size_ratio != 1.0:
        calibration = f"National scores follow the published ones at {plan.size_ratio:.4f} of the true size."
    text = f"Example return made by this program (seed {plan.seed}): invented patients and organisations. {calibration}"
    note = {
        "survey_year": plan.survey_year,
        "data_origin": _ORIGIN,
        # A small return only follows the published scores: checks against them apply at true size alone.
        "is_calibrated": plan.is_calibrated and plan.size_ratio == 1.0,
        "note": text,
    }
    return json.dumps(note, indent=2, ensure_ascii=False) + "\n"


def _refuse_other_files(folder: Path, survey_year: int) -> None:
    """Only an earlier example return may be overwritten: a folder without its note may hold a real return."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    ours = {_note_name(survey_year), *(f"{kind}_{survey_year}.csv" for kind in FILE_KINDS)}
    strange = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    note = folder / _note_name(survey_year)
    origin = json.loads(note.read_text(encoding="utf-8")).get("data_origin") if note.is_file() else None
    if strange or origin != _ORIGIN:
        what = (
            f"files that are no example's ({', '.join(strange[:3])})"
            if strange
            else f"no {note.name} with {_ORIGIN} origin"
        )
        raise ExampleError(f"{survey_year}: {folder} has {what}; move that folder away before making examples there")


def _write_whole(folder: Path, plan: ReturnPlan, tables: dict[str, pa.Table]) -> None:
    """Write all files beside `folder`, then put them in its place; a reader never sees files of two returns."""
    _refuse_other_files(folder, plan.survey_year)
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for kind, table in tables.items():
        write_csv(table, building / f"{kind}_{plan.survey_year}.csv")
    (building / _note_name(plan.survey_year)).write_text(delivery_note(plan), encoding="utf-8")
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
