"""What a class of fault is: a function of the files of a return, and of how much of them it spoils.

Belongs here: the files as tables, the declaration of a class, the register. Does not belong here: any class of fault,
nor which check must notice one; a class states only whether the load must stop or may go on with a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd


@dataclass
class Files:
    """The three files of a return as text tables; `last_year` are those of the year before."""

    sample: pd.DataFrame
    responses: pd.DataFrame
    organisations: pd.DataFrame
    folder: Path
    year: int
    last_year: tuple[pd.DataFrame, pd.DataFrame]
    random: np.random.Generator

    def some(self, table: pd.DataFrame, share: float) -> pd.Series:
        """A random share of the rows, as a mask."""
        return pd.Series(self.random.random(len(table)) < share, index=table.index)

    def trusts(self) -> list[str]:
        """Trust codes, largest first."""
        return [str(code) for code in self.sample["TRUST_CODE"].value_counts().index]

    def batch(self, share: float) -> list[str]:
        """A random share of the trusts, one at least: those whose data one supplier keyed."""
        trusts = self.trusts()
        count = max(1, round(share * len(trusts)))
        return [str(code) for code in self.random.choice(trusts, count, replace=False)]

    def patients_of(self, trusts: list[str]) -> pd.Series:
        """Mask of the sample rows of some trusts."""
        return self.sample["TRUST_CODE"].isin(trusts)

    def respondents_of(self, *trusts: str) -> pd.Series:
        """Mask of the responses of some trusts."""
        people = self.sample.loc[self.patients_of(list(trusts)), "PSID"]
        return self.responses["PSID"].isin(people)

    def recode(self, column: str, codes: dict[str, str], rows: pd.Series | None = None) -> None:
        """Replace codes of a response column, in some rows or in all."""
        mask = pd.Series(True, index=self.responses.index) if rows is None else rows
        self.responses.loc[mask, column] = self.responses.loc[mask, column].replace(codes)


Plant = Callable[[Files, float], None]
Expected = Literal["refused", "held", "stopped", "warned"]


@dataclass(frozen=True)
class FaultClass:
    """A class of fault. `sizes` are shares of what it can spoil (`of`), the first being the stated size.

    `expected` is what ought to become of the load at that size: refused at intake, held by the gate, stopped by either,
    or at least warned about. `is_blind`: the class was written without having read the suites, so that its recall says
    what the checks notice of faults they were not written for.
    """

    name: str
    plant: Plant
    sizes: tuple[float, ...] = (1.0,)
    expected: Expected = "stopped"
    title: str = ""
    harm: str = ""
    of: str = ""
    is_blind: bool = False

    @property
    def must_stop(self) -> bool:
        """False where a true change of the survey could look the same, so that a warning is enough."""
        return self.expected != "warned"


def set_of(fault_class: FaultClass) -> str:
    """Whose classes it belongs to, in the words of `expectations.detection.SETS`."""
    if "_second" in fault_class.plant.__module__:
        return "blind_again"
    return "blind" if fault_class.is_blind else "own"


CLASSES: dict[str, FaultClass] = {}


def register(fault_class: FaultClass) -> None:
    """Add a class to the register; raises ValueError where its name is taken, for it would replace the other."""
    if fault_class.name in CLASSES:
        raise ValueError(f"two classes of fault are named {fault_class.name}: rename one")
    CLASSES[fault_class.name] = fault_class


def fault(*sizes: float, must_stop: bool = True) -> Callable[[Plant], Plant]:
    """Register a class under the name of its function."""

    def declare(plant: Plant) -> Plant:
        expected: Expected = "stopped" if must_stop else "warned"
        register(FaultClass(plant.__name__, plant, sizes or (1.0,), expected))
        return plant

    return declare


def field_fault(title: str, *sizes: float, of: str, expected: Expected, harm: str) -> Callable[[Plant], Plant]:
    """Register a class that was written without having read the suites, under the name of its function."""

    def declare(plant: Plant) -> Plant:
        register(FaultClass(plant.__name__, plant, sizes, expected, title, harm, of, is_blind=True))
        return plant

    return declare
