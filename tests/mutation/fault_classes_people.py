"""Classes of fault in who the patients are and where they belong: organisations, covariates, outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files, fault


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
