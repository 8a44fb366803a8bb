"""Classes of fault seen in the field, continued: who is on the list, who the patient is and where they belong.

Written without having read the suites, like `fault_classes_second`; the same rules hold for them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files, field_fault


def _new_numbers(files: Files, count: int) -> list[str]:
    """Record numbers that nobody has, following the last one."""
    last = int(files.sample["PSID"].astype(int).max())
    return [str(last + step) for step in range(1, count + 1)]


def _strike(files: Files, people: pd.Series) -> None:
    """Take some rows of the sample, and the forms of these people, out of both files."""
    numbers = files.sample.loc[people, "PSID"]
    files.sample = files.sample[~people]
    files.responses = files.responses[~files.responses["PSID"].isin(numbers)]


# --- who is on the list
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "Patients treated by two trusts are on both lists, and were not looked for across trusts",
    *(0.03, 0.005),
    of="patients, added to them",
    expected="held",
    harm="They are written to twice and answer once: the response rate falls by two points for no reason.",
)
def patients_on_the_lists_of_two_trusts(files: Files, share: float) -> None:
    copies = files.sample[files.some(files.sample, share)].copy()
    trusts = files.trusts()
    beside = dict(zip(trusts, [*trusts[1:], trusts[0]], strict=True))
    copies["PSID"] = _new_numbers(files, len(copies))
    copies["TRUST_CODE"] = copies["TRUST_CODE"].map(beside)
    copies["OUTCOME"] = copies["OUTCOME"].replace({"1": "6"})
    files.sample = pd.concat([files.sample, copies], ignore_index=True)


@field_fault(
    "One trust drew its list from the breast unit's clinics",
    *(0.9, 0.4),
    of="patients of the second largest trust with another cancer",
    expected="held",
    harm="The trust is judged by its breast cancer patients, who are more content than others.",
)
def list_of_the_breast_unit(files: Files, share: float) -> None:
    others = files.patients_of(files.trusts()[1:2]) & ~files.sample["ICD10"].str.match("C50|D05")
    _strike(files, others & files.some(files.sample, share))


@field_fault(
    "Some trusts' haematology keeps a system of its own, from which nobody drew a list",
    *(0.3, 0.07),
    of="trusts; their patients with a blood cancer",
    expected="held",
    harm="A third of the country's blood cancer patients are not asked, in some trusts all of them.",
)
def blood_cancers_in_a_system_of_their_own(files: Files, share: float) -> None:
    blood = files.sample["ICD10"].str.match("C8[1-8]|C9[0-6]|D4[567]")
    _strike(files, files.patients_of(files.batch(share)) & blood)


@field_fault(
    "Children were not left out of the list, and their parents answered",
    *(0.01, 0.002),
    of="patients",
    expected="warned",
    harm="People whom the survey is not about are in its counts; left out at the load, some forms fewer.",
)
def children_not_left_out(files: Files, share: float) -> None:
    rows = files.sample.index[files.some(files.sample, share)]
    born = (files.year - files.random.integers(2, 15, len(rows))).astype(str)
    files.sample.loc[rows, "BIRTH_YEAR"] = born
    files.sample.loc[rows, "ICD10"] = files.random.choice(["C91.0", "C71.9", "C81.9", "C40.2"], len(rows))
    stated = files.responses["PSID"].map(dict(zip(files.sample.loc[rows, "PSID"], born, strict=True)))
    files.responses["Q61"] = stated.fillna(files.responses["Q61"])


@field_fault(
    "Deaths were looked up once more at the end, and the forms of those who had answered before were destroyed",
    *(0.15, 0.04),
    of="forms of patients with cancer of lung, brain, gullet, stomach, liver or pancreas",
    expected="warned",
    harm="The sickest patients' answers are missing, and they leave the denominator of the response rate.",
)
def forms_of_the_dead_destroyed(files: Files, share: float) -> None:
    grave = files.sample["ICD10"].str.match("C1[56]|C2[2-5]|C3[34]|C71")
    forms = files.responses["PSID"].isin(files.sample.loc[grave, "PSID"]) & files.some(files.responses, share)
    dead = files.sample["PSID"].isin(files.responses.loc[forms, "PSID"])
    files.responses = files.responses[~forms]
    files.sample.loc[dead, "OUTCOME"] = "3"


# --- who the patient is
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "A supplier lettered the ethnic groups itself, without the gaps that the NHS list has at I, O and Q",
    *(0.2, 0.05),
    of="trusts, those of one supplier",
    expected="refused",
    harm="Caribbean patients become Asian, and Indian ones keep their letter; two letters are in no list.",
)
def ethnic_letters_without_gaps(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share))
    letters = dict(zip("JKLMNPRS", "IJKLMNOP", strict=True))
    files.sample.loc[rows, "ETHNICITY"] = files.sample.loc[rows, "ETHNICITY"].replace(letters)


@field_fault(
    "For the sake of privacy ethnic groups of fewer than six patients in a trust were left blank",
    *(1.0, 0.2),
    of="trusts",
    expected="warned",
    harm="Minorities are missing wherever they are few, and what is left of them is the large cities.",
)
def small_ethnic_groups_left_blank(files: Files, share: float) -> None:
    for trust in files.batch(share):
        groups = files.sample.loc[files.patients_of([trust]), "ETHNICITY"]
        few = groups[groups.map(groups.value_counts()) < 6]
        files.sample.loc[few.index, "ETHNICITY"] = ""


@field_fault(
    "Some trusts gave the first year of a band of five years for the year of birth",
    *(0.2, 0.05),
    of="trusts",
    expected="held",
    harm="Their patients are two years older on average, and one in five stands in the next older age group.",
)
def birth_years_in_bands_of_five(files: Files, share: float) -> None:
    years = pd.to_numeric(files.sample["BIRTH_YEAR"], errors="coerce")
    rows = files.patients_of(files.batch(share)) & years.between(1900, files.year)
    files.sample.loc[rows, "BIRTH_YEAR"] = (years[rows] // 5 * 5).astype(int).astype(str)


# --- where the patient belongs
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "A trust's code was dragged down a spreadsheet column, which counted it up: RX1, RX2, RX3",
    *(0.3, 0.05),
    of="patients of the third largest trust, from some row to the end",
    expected="held",
    harm="A few patients are given to other trusts one by one, the others to trusts that do not exist.",
)
def trust_code_counted_up(files: Files, share: float) -> None:
    trust = files.trusts()[2]
    rows = files.sample.index[files.patients_of([trust])]
    rows = rows[int(len(rows) * (1 - share)) :]
    counted = int(trust[2:]) + np.arange(1, len(rows) + 1)
    files.sample.loc[rows, "TRUST_CODE"] = [f"{trust[:2]}{number}" for number in counted]


@field_fault(
    "Trusts that merge next spring are already one in this year's list and files",
    *(0.03, 0.01),
    of="trusts, of the smaller half",
    expected="warned",
    harm="Hospitals that were apart in the survey's months have one score, and one of them none of its own.",
)
def mergers_of_next_spring_applied(files: Files, share: float) -> None:
    trusts = files.trusts()
    count = max(1, round(share * len(trusts)))
    gone = [str(code) for code in files.random.choice(trusts[len(trusts) // 2 :], count, replace=False)]
    heirs = dict(zip(gone, trusts, strict=False))
    files.sample["TRUST_CODE"] = files.sample["TRUST_CODE"].replace(heirs)
    files.organisations = files.organisations[~files.organisations["CODE"].isin(gone)]


@field_fault(
    "Residence was looked up by next April's boundaries, while the list of CCGs is this year's",
    *(0.2, 0.04),
    of="CCGs, those given up next April",
    expected="held",
    harm="CCGs on the list have no patients, and their neighbours answer for both.",
)
def ccgs_of_next_april(files: Files, share: float) -> None:
    ccgs = files.organisations[files.organisations["LEVEL"] == "ccg"].set_index("CODE")["PARENT_CODE"]
    gone = files.random.choice(ccgs.index, max(1, round(share * len(ccgs))), replace=False)
    stay = ccgs.drop(gone)
    heirs = {}
    for code in gone:
        near = stay[stay == ccgs[code]]
        heirs[code] = str(files.random.choice(near.index if len(near) else stay.index))
    files.sample["CCG_CODE"] = files.sample["CCG_CODE"].replace(heirs)
