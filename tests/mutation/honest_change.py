"""What differs between two honest years besides scores: changes that the survey brings, none of them a fault.

The drawn example returns keep trusts, patients and mailing as they were and move scores only, so that a check tuned on
them would give a false alarm in the first real year. Sizes are those seen in the published tables of 2015 to 2018 where
these show them (log size of a trust: standard deviation 0.19 to 0.25 a year, the largest of 72 between 0.68 and 1.09);
the rest are plain guesses. Belongs here: changes of the files, carried on from year to year. Does not belong here:
faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files

FIRST_YEAR = 2015
SIZE_SPREAD = (
    0.14  # of the share of its patients that a trust lists in a year, logarithm; two years differ by sqrt(2) as much
)
RENAMED = 0.04  # trusts a year
MERGERS = 0.4  # a year
SERVICES_MOVED = 0.4  # a year
Change = Callable[[Files, np.random.Generator], None]


def change_honestly(files: Files, seed: int) -> None:
    """Applies what has changed up to the year of `files`; what one year changed for good still holds in the next."""
    for change in LASTING:
        for year in range(FIRST_YEAR + 1, files.year + 1):
            change(files, np.random.default_rng([seed, year, LASTING.index(change)]))
    for number, change in enumerate(OF_A_YEAR, start=len(LASTING)):
        change(files, np.random.default_rng([seed, files.year, number]))


def _codes(files: Files, level: str) -> list[str]:
    """Codes of a level in order, so that a year's luck does not depend on how many patients each has."""
    organisations = files.organisations
    return sorted(organisations.loc[organisations["LEVEL"] == level, "CODE"])


def _rename_trusts(files: Files, random: np.random.Generator) -> None:
    table = files.organisations
    for code in _codes(files, "trust"):
        if random.random() < RENAMED:
            table.loc[table["CODE"] == code, "NAME"] += " Foundation"


def _merge_trusts(files: Files, random: np.random.Generator) -> None:
    """The smaller of two trusts goes into the other; its code is gone."""
    patients = files.sample["TRUST_CODE"].value_counts()
    one, other = sorted(random.choice(_codes(files, "trust"), 2, replace=False), key=lambda code: patients.get(code, 0))
    if random.random() < MERGERS:
        files.sample["TRUST_CODE"] = files.sample["TRUST_CODE"].replace({one: other})
        files.organisations = files.organisations[files.organisations["CODE"] != one]


def _move_a_service(files: Files, random: np.random.Generator) -> None:
    """Most patients with one kind of cancer go from one trust to another."""
    one, other = random.choice(_codes(files, "trust"), 2, replace=False)
    category = random.choice(["C50", "C61", "C34", "C54", "C43", "C67"])
    if random.random() < SERVICES_MOVED:
        there = (files.sample["TRUST_CODE"] == one) & files.sample["ICD10"].str.startswith(category)
        moved = there & (random.random(len(there)) < 0.8)
        files.sample.loc[moved, "TRUST_CODE"] = other


def _move_a_ccg(files: Files, random: np.random.Generator) -> None:
    """Now and then a CCG joins another alliance."""
    table = files.organisations
    code, alliance = random.choice(_codes(files, "ccg")), random.choice(_codes(files, "alliance"))
    if random.random() < 0.3:
        table.loc[table["CODE"] == code, "PARENT_CODE"] = alliance


def _list_more_or_fewer(files: Files, random: np.random.Generator) -> None:
    """Trusts list more or fewer patients than the year before; one in forty half as many."""
    codes = _codes(files, "trust")
    kept = np.exp(-SIZE_SPREAD * np.abs(random.standard_normal(len(codes)) + 0.8))
    kept[random.random(len(codes)) < 1 / 40] *= 0.5
    share = files.sample["TRUST_CODE"].map(dict(zip(codes, kept, strict=True)))
    _keep_patients(files, random.random(len(share)) < share)


def _keep_patients(files: Files, kept: pd.Series) -> None:
    files.sample = files.sample[kept]
    files.responses = files.responses[files.responses["PSID"].isin(files.sample["PSID"])]


def _lose_forms_in_a_trust(files: Files, random: np.random.Generator) -> None:
    """In one trust of fifteen the post is slow: up to a seventh of its forms never come."""
    codes = _codes(files, "trust")
    slow = dict(
        zip(codes, np.where(random.random(len(codes)) < 1 / 15, random.uniform(0, 0.14, len(codes)), 0), strict=True)
    )
    returned = files.sample["OUTCOME"] == "1"
    lost = returned & (random.random(len(returned)) < files.sample["TRUST_CODE"].map(slow))
    files.responses = files.responses[~files.responses["PSID"].isin(files.sample.loc[lost, "PSID"])]
    files.sample.loc[lost, "OUTCOME"] = "6"


def _mail_to_other_addresses(files: Files, random: np.random.Generator) -> None:
    """More or fewer letters come back undelivered, more or fewer people refuse, fewer or more deaths are known."""
    for outcome, into in (("6", "2"), ("6", "4"), ("3", "6")):
        rows = files.sample["OUTCOME"] == outcome
        share = random.uniform(0, 0.03 if outcome == "6" else 0.2)
        files.sample.loc[rows & (random.random(len(rows)) < share), "OUTCOME"] = into


def _leave_more_blank(files: Files, random: np.random.Generator) -> None:
    """A little more is left blank than the year before, in some questions and trusts more than in others."""
    trust = files.responses["PSID"].map(files.sample.set_index("PSID")["TRUST_CODE"])
    codes = _codes(files, "trust")
    of_trust = trust.map(dict(zip(codes, random.gamma(0.5, 0.006, len(codes)), strict=True))).to_numpy()
    for question in [column for column in files.responses.columns if column[1:].isdigit()]:
        blank = random.random(len(of_trust)) < of_trust + random.gamma(0.5, 0.006)
        files.responses.loc[blank, question] = ""


def _lose_covariates_in_a_trust(files: Files, random: np.random.Generator) -> None:
    """One trust delivers no ethnic group for a tenth of its patients."""
    rows = files.sample["TRUST_CODE"] == random.choice(_codes(files, "trust"))
    files.sample.loc[rows & (random.random(len(rows)) < 0.1), "ETHNICITY"] = ""


LASTING: tuple[Change, ...] = (_rename_trusts, _merge_trusts, _move_a_service, _move_a_ccg)
OF_A_YEAR: tuple[Change, ...] = (
    *(_list_more_or_fewer, _lose_forms_in_a_trust, _mail_to_other_addresses),
    *(_leave_more_blank, _lose_covariates_in_a_trust),
)


def names() -> Iterator[str]:
    """What changes, in words, for the page that states what the checks were tried on."""
    for change in (*LASTING, *OF_A_YEAR):
        yield change.__name__.removeprefix("_").replace("_", " ")
