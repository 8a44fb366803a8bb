"""Classes of fault planted in the files of a return, each a function of the files and of how much of them is spoiled.

Belongs here: what goes wrong with returns in practice. Does not belong here: which check must notice; a class states
only whether the load must stop (refused or held) or may go on with a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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

    def respondents_of(self, trust: str) -> pd.Series:
        """Mask of the responses of a trust."""
        people = self.sample.loc[self.sample["TRUST_CODE"] == trust, "PSID"]
        return self.responses["PSID"].isin(people)

    def recode(self, column: str, codes: dict[str, str], rows: pd.Series | None = None) -> None:
        """Replace codes of a response column, in some rows or in all."""
        mask = pd.Series(True, index=self.responses.index) if rows is None else rows
        self.responses.loc[mask, column] = self.responses.loc[mask, column].replace(codes)


Plant = Callable[[Files, float], None]


@dataclass(frozen=True)
class FaultClass:
    """A class of fault. `sizes` are shares of what it can spoil, the first being the size it is judged at."""

    name: str
    plant: Plant
    sizes: tuple[float, ...] = (1.0,)
    must_stop: bool = True


CLASSES: dict[str, FaultClass] = {}


def fault(*sizes: float, must_stop: bool = True) -> Callable[[Plant], Plant]:
    """Register a class under the name of its function."""

    def register(plant: Plant) -> Plant:
        CLASSES[plant.__name__] = FaultClass(plant.__name__, plant, sizes or (1.0,), must_stop)
        return plant

    return register


# --- structure
# -----------------------------------------------------------------------------------------------------------


@fault()
def question_column_missing(files: Files, share: float) -> None:
    files.responses = files.responses.drop(columns="Q31")


@fault()
def question_column_added(files: Files, share: float) -> None:
    files.responses["Q99"] = "1"


@fault()
def columns_shifted_by_one(files: Files, share: float) -> None:
    block = [f"Q{n}" for n in range(10, 24)]
    files.responses[block] = files.responses[[block[-1], *block[:-1]]].to_numpy()


@fault(1.0, 0.1)
def columns_shifted_in_one_trust(files: Files, share: float) -> None:
    rows = files.respondents_of(files.trusts()[0]) & files.some(files.responses, share)
    block = [f"Q{n}" for n in range(10, 24)]
    files.responses.loc[rows, block] = files.responses.loc[rows, [block[-1], *block[:-1]]].to_numpy()


@fault()
def two_columns_swapped(files: Files, share: float) -> None:
    files.responses[["Q22", "Q33"]] = files.responses[["Q33", "Q22"]].to_numpy()


@fault(0.01, 0.001)
def unknown_answer_code(files: Files, share: float) -> None:
    files.responses.loc[files.some(files.responses, share), "Q22"] = "8"


@fault(0.01)
def words_in_a_code_column(files: Files, share: float) -> None:
    files.responses.loc[files.some(files.responses, share), "Q22"] = "Yes"


@fault(0.01)
def unknown_outcome_code(files: Files, share: float) -> None:
    files.sample.loc[files.some(files.sample, share), "OUTCOME"] = "9"


@fault()
def response_file_empty(files: Files, share: float) -> None:
    files.responses = files.responses.head(0)


# --- rows that are not there, or there twice
# --------------------------------------------------------------------------------


@fault(0.5, 0.1, 0.03)
def response_file_truncated(files: Files, share: float) -> None:
    files.responses = files.responses.head(int(len(files.responses) * (1 - share)))


@fault(0.5, 0.1)
def sample_file_truncated(files: Files, share: float) -> None:
    files.sample = files.sample.head(int(len(files.sample) * (1 - share)))


@fault(0.25, 0.12)
def late_wave_dropped(files: Files, share: float) -> None:
    lost = files.some(files.responses, share)
    people = files.responses.loc[lost, "PSID"]
    files.responses = files.responses[~lost]
    files.sample.loc[files.sample["PSID"].isin(people), "OUTCOME"] = "6"


@fault(0.6, 0.3)
def late_wave_of_one_trust_dropped(files: Files, share: float) -> None:
    lost = files.respondents_of(files.trusts()[0]) & files.some(files.responses, share)
    people = files.responses.loc[lost, "PSID"]
    files.responses = files.responses[~lost]
    files.sample.loc[files.sample["PSID"].isin(people), "OUTCOME"] = "6"


@fault()
def answers_of_one_trust_missing(files: Files, share: float) -> None:
    files.responses = files.responses[~files.respondents_of(files.trusts()[0])]


@fault(must_stop=False)
def one_trust_missing(files: Files, share: float) -> None:
    trust = files.trusts()[0]
    files.responses = files.responses[~files.respondents_of(trust)]
    files.sample = files.sample[files.sample["TRUST_CODE"] != trust]


@fault()
def non_respondents_missing(files: Files, share: float) -> None:
    files.sample = files.sample[files.sample["OUTCOME"] == "1"]


@fault()
def trust_doubled_with_other_answers(files: Files, share: float) -> None:
    copies = files.responses[files.respondents_of(files.trusts()[0])].copy()
    copies["Q59"] = np.where(copies["Q59"] == "1", "2", "1")
    files.responses = pd.concat([files.responses, copies])


@fault()
def trust_doubled_under_new_numbers(files: Files, share: float) -> None:
    trust = files.trusts()[0]
    responses = files.responses[files.respondents_of(trust)].copy()
    sample = files.sample[files.sample["TRUST_CODE"] == trust].copy()
    for table in (responses, sample):
        table["PSID"] = "7" + table["PSID"].str[1:]
    sample["NHS_NUMBER"] = ""
    files.responses = pd.concat([files.responses, responses])
    files.sample = pd.concat([files.sample, sample])


@fault(0.05, 0.01)
def respondents_repeated_under_new_numbers(files: Files, share: float) -> None:
    chosen = files.some(files.responses, share)
    responses = files.responses[chosen].copy()
    sample = files.sample[files.sample["PSID"].isin(responses["PSID"])].copy()
    for table in (responses, sample):
        table["PSID"] = "7" + table["PSID"].str[1:]
    sample["NHS_NUMBER"] = ""
    files.responses = pd.concat([files.responses, responses])
    files.sample = pd.concat([files.sample, sample])


@fault()
def answers_of_last_year(files: Files, share: float) -> None:
    stale = files.last_year[1]
    n = min(len(stale), len(files.responses))
    answers = [column for column in files.responses.columns if column != "PSID"]
    files.responses = files.responses.head(n).reset_index(drop=True)
    files.responses[answers] = stale[answers].head(n).to_numpy()


@fault()
def whole_return_of_last_year(files: Files, share: float) -> None:
    files.sample, files.responses = (table.copy() for table in files.last_year)


# --- organisations
# ----------------------------------------------------------------------------------------------------------


@fault(0.02, 0.005)
def unknown_trust_code(files: Files, share: float) -> None:
    files.sample.loc[files.some(files.sample, share), "TRUST_CODE"] = "ZZ9"


@fault()
def trust_missing_from_the_organisation_file(files: Files, share: float) -> None:
    files.organisations = files.organisations[files.organisations["CODE"] != files.trusts()[0]]


@fault()
def organisation_twice_with_other_names(files: Files, share: float) -> None:
    copy = files.organisations[files.organisations["CODE"] == files.trusts()[0]].assign(NAME="Another Trust")
    files.organisations = pd.concat([files.organisations, copy])


@fault(must_stop=False)
def ccg_moved_to_another_alliance(files: Files, share: float) -> None:
    alliances = files.organisations.loc[files.organisations["LEVEL"] == "alliance", "CODE"].tolist()
    first = files.organisations.index[files.organisations["LEVEL"] == "ccg"][0]
    now = files.organisations.at[first, "PARENT_CODE"]
    files.organisations.at[first, "PARENT_CODE"] = next(code for code in alliances if code != now)


@fault()
def two_trusts_swapped(files: Files, share: float) -> None:
    large, small = files.trusts()[0], files.trusts()[len(files.trusts()) // 2]
    files.sample["TRUST_CODE"] = files.sample["TRUST_CODE"].replace({large: small, small: large})


@fault()
def trust_with_the_answers_of_another(files: Files, share: float) -> None:
    first, second = files.trusts()[:2]
    rows = files.responses.index[files.respondents_of(first)]
    other = files.responses[files.respondents_of(second)]
    answers = [column for column in files.responses.columns if column != "PSID"]
    chosen = other.iloc[np.arange(len(rows)) % len(other)]
    files.responses.loc[rows, answers] = chosen[answers].to_numpy()


# --- who the patients are
# ----------------------------------------------------------------------------------------------------


@fault()
def sex_codes_swapped(files: Files, share: float) -> None:
    files.sample["SEX"] = files.sample["SEX"].replace({"1": "2", "2": "1"})


@fault()
def deprivation_reversed(files: Files, share: float) -> None:
    files.sample["IMD_QUINTILE"] = files.sample["IMD_QUINTILE"].replace({str(n): str(6 - n) for n in range(1, 6)})


@fault()
def deprivation_shifted(files: Files, share: float) -> None:
    files.sample["IMD_QUINTILE"] = files.sample["IMD_QUINTILE"].replace({"1": "2", "2": "3", "3": "4", "4": "5"})


@fault(0.4, 0.1, must_stop=False)
def ethnicity_left_blank(files: Files, share: float) -> None:
    files.sample.loc[files.some(files.sample, share), "ETHNICITY"] = ""


@fault()
def birth_years_shifted(files: Files, share: float) -> None:
    years = pd.to_numeric(files.sample["BIRTH_YEAR"], errors="coerce") + 10
    files.sample["BIRTH_YEAR"] = years.map(lambda year: "" if pd.isna(year) else str(int(year)))


@fault()
def tumour_groups_swapped(files: Files, share: float) -> None:
    _swap_tumours(files, pd.Series(True, index=files.sample.index))


@fault()
def tumour_groups_swapped_in_one_trust(files: Files, share: float) -> None:
    _swap_tumours(files, files.sample["TRUST_CODE"] == files.trusts()[0])


def _swap_tumours(files: Files, rows: pd.Series) -> None:
    breast = rows & files.sample["ICD10"].str.startswith("C50")
    colorectal = rows & files.sample["ICD10"].str.match("C1[89]|C2[01]")
    files.sample.loc[breast, "ICD10"] = "C18.9"
    files.sample.loc[colorectal, "ICD10"] = "C50.9"


@fault()
def outcome_codes_shifted(files: Files, share: float) -> None:
    files.sample["OUTCOME"] = files.sample["OUTCOME"].replace({"2": "6", "6": "2"})


@fault()
def ineligible_in_the_denominator(files: Files, share: float) -> None:
    files.sample["OUTCOME"] = files.sample["OUTCOME"].replace({"2": "6", "3": "6", "5": "6"})


# --- answers
# ------------------------------------------------------------------------------------------------------------------


@fault()
def rating_reversed(files: Files, share: float) -> None:
    files.recode("Q59", {str(n): str(10 - n) for n in range(11)})


@fault()
def rating_one_too_low(files: Files, share: float) -> None:
    files.recode("Q59", {str(n): str(n - 1) for n in range(1, 11)})


@fault()
def scale_reversed(files: Files, share: float) -> None:
    files.recode("Q8", {"1": "3", "3": "1"})


@fault()
def scale_reversed_in_one_trust(files: Files, share: float) -> None:
    files.recode("Q20", {"1": "2", "2": "1"}, files.respondents_of(files.trusts()[0]))


@fault(1.0, 0.3)
def negative_recoded_as_positive(files: Files, share: float) -> None:
    files.recode("Q22", {"2": "1"}, files.some(files.responses, share))


@fault(1.0, 0.5)
def excluded_option_counted(files: Files, share: float) -> None:
    files.recode("Q22", {"3": "1"}, files.some(files.responses, share))


@fault()
def column_blank(files: Files, share: float) -> None:
    files.responses["Q31"] = ""


@fault()
def column_blank_in_one_trust(files: Files, share: float) -> None:
    files.responses.loc[files.respondents_of(files.trusts()[0]), "Q57"] = ""


@fault(0.5, 0.15)
def column_partly_blank(files: Files, share: float) -> None:
    files.responses.loc[files.some(files.responses, share), "Q57"] = "999"


@fault(0.5, 0.15)
def page_lost(files: Files, share: float) -> None:
    files.responses.loc[files.some(files.responses, share), [f"Q{n}" for n in range(49, 60)]] = ""


@fault()
def routing_question_flipped(files: Files, share: float) -> None:
    files.recode("Q27", {"1": "2", "2": "1"})


@fault()
def routing_question_blank(files: Files, share: float) -> None:
    files.responses["Q27"] = ""


@fault()
def missing_filled_with_the_first_option(files: Files, share: float) -> None:
    for number in range(8, 24):
        files.recode(f"Q{number}", {"999": "1", "": "1"})


@fault()
def one_trust_all_positive(files: Files, share: float) -> None:
    rows = files.respondents_of(files.trusts()[0])
    for number in (8, 9, 11, 13, 15, 17, 19, 20, 22):
        files.responses.loc[rows & ~files.responses[f"Q{number}"].isin(["", "999"]), f"Q{number}"] = "1"
