"""Classes of fault seen in the field: the patient list, as hospitals and their systems write it, and the organisations.

Written without having read the suites, like `fault_classes_field`, and under the same rule: do not adjust a class to a
check, nor drop one that is not noticed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files, field_fault

# --- who the patient is
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "One supplier codes women 1 and men 2, the others the other way round",
    *(0.2, 0.05),
    of="trusts",
    expected="held",
    harm="Results by sex and the case-mix adjustment of these trusts are mirrored.",
)
def sexes_reversed_in_a_batch(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share))
    files.sample.loc[rows, "SEX"] = files.sample.loc[rows, "SEX"].replace({"1": "2", "2": "1"})


@field_fault(
    "Birth years of two digits were opened up to 2029, as a spreadsheet does: 1925 became 2025",
    *(1.0, 0.2),
    of="trusts; their patients born up to 1929",
    expected="held",
    harm="The oldest patients become children or are not born yet, and drop out of the oldest group.",
)
def oldest_patients_born_in_the_next_century(files: Files, share: float) -> None:
    years = pd.to_numeric(files.sample["BIRTH_YEAR"], errors="coerce")
    rows = files.patients_of(files.batch(share)) & (years <= 1929)
    files.sample.loc[rows, "BIRTH_YEAR"] = (years[rows] + 100).astype(int).astype(str)


@field_fault(
    "The hospital's system writes 1 January 1900 where it does not know the date of birth",
    *(0.05, 0.01),
    of="patients",
    expected="held",
    harm="People of any age enter the oldest age group, which is small.",
)
def birth_dates_defaulted_to_1900(files: Files, share: float) -> None:
    rows = files.some(files.sample, share)
    files.sample.loc[rows, ["BIRTH_YEAR", "BIRTH_MONTH"]] = ["1900", "1"]


@field_fault(
    "Some trusts fill every ethnic group with their system's default, White British",
    *(0.3, 0.1),
    of="trusts",
    expected="warned",
    harm="Patients of ethnic minorities vanish from the results by ethnic group, and from the response rates.",
)
def ethnicity_defaulted_in_a_batch(files: Files, share: float) -> None:
    files.sample.loc[files.patients_of(files.batch(share)), "ETHNICITY"] = "A"


@field_fault(
    "Deprivation delivered in tenths instead of fifths",
    *(1.0, 0.1),
    of="trusts",
    expected="refused",
    harm="Tenths 1 to 5 pass for fifths, so half of the country would be spread over the whole scale.",
)
def deprivation_in_deciles(files: Files, share: float) -> None:
    fifths = pd.to_numeric(files.sample["IMD_QUINTILE"], errors="coerce")
    rows = files.patients_of(files.batch(share)) & fifths.between(1, 5)
    halves = files.random.integers(0, 2, int(rows.sum()))
    files.sample.loc[rows, "IMD_QUINTILE"] = (2 * fifths[rows].astype(int) - halves).astype(str)


@field_fault(
    "Deprivation looked up by the postcode of the hospital instead of the patient's",
    *(1.0, 0.2),
    of="trusts",
    expected="held",
    harm="All patients of a trust are equally deprived: inequality between areas becomes a comparison of hospitals.",
)
def deprivation_of_the_hospital(files: Files, share: float) -> None:
    known = files.sample["IMD_QUINTILE"].isin(list("12345"))
    for trust in files.batch(share):
        rows = files.patients_of([trust])
        files.sample.loc[rows, "IMD_QUINTILE"] = files.sample.loc[rows & known, "IMD_QUINTILE"].mode().iloc[0]


# --- what the patient had, and when
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "The diagnoses of a trust come from a second extract, pasted in beside patients sorted in another way",
    *(1.0, 0.2),
    of="trusts",
    expected="held",
    harm="Tumour groups keep their sizes but hold the wrong people.",
)
def diagnoses_pasted_in_another_order(files: Files, share: float) -> None:
    for trust in files.batch(share):
        rows = files.patients_of([trust])
        files.sample.loc[rows, "ICD10"] = files.random.permutation(files.sample.loc[rows, "ICD10"].to_numpy())


@field_fault(
    "Diagnoses grouped by a lookup of earlier years that ended at C80: everything after it was coded C80",
    *(1.0, 0.2),
    of="trusts",
    expected="held",
    harm="Blood cancers and early breast cancers are reported under 'Other'; their own groups shrink or vanish.",
)
def diagnoses_beyond_the_old_lookup_other(files: Files, share: float) -> None:
    late = files.sample["ICD10"].str[:3].gt("C80")
    files.sample.loc[late & files.patients_of(files.batch(share)), "ICD10"] = "C80"


@field_fault(
    "One trust gives the latest diagnosis, a secondary cancer, instead of the primary one",
    *(0.5, 0.2),
    of="patients of the largest trust",
    expected="warned",
    harm="Patients of every tumour group are reported under 'Other'.",
)
def secondary_cancer_for_the_primary(files: Files, share: float) -> None:
    rows = files.patients_of(files.trusts()[:1]) & files.some(files.sample, share)
    files.sample.loc[rows, "ICD10"] = files.random.choice(["C77", "C78", "C79"], int(rows.sum()))


@field_fault(
    "Dates read the American way: wherever the day could be a month, the two are exchanged",
    *(1.0, 0.1),
    of="trusts; their patients discharged on the 1st to 12th",
    expected="held",
    harm="Patients fall out of the months of the survey, and ages at discharge are wrong by up to a year.",
)
def months_and_days_exchanged(files: Files, share: float) -> None:
    could_be_month = pd.to_numeric(files.sample["DISCHARGE_DAY"], errors="coerce").le(12)
    rows = could_be_month & files.patients_of(files.batch(share))
    order = ["DISCHARGE_DAY", "DISCHARGE_MONTH"]
    files.sample.loc[rows, ["DISCHARGE_MONTH", "DISCHARGE_DAY"]] = files.sample.loc[rows, order].to_numpy()


@field_fault(
    "Some trusts drew their list from the quarter before: January to March",
    *(0.2, 0.05),
    of="trusts",
    expected="held",
    harm="These are not the people of the survey; they were asked three months later than the others.",
)
def patients_of_another_quarter(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share))
    months = files.sample.loc[rows, "DISCHARGE_MONTH"].astype(int)
    files.sample.loc[rows, "DISCHARGE_MONTH"] = (months - 3).astype(str)


# --- where the patient belongs, and what became of the letter
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "The CCG is the hospital's instead of the patient's",
    *(1.0, 0.2),
    of="trusts",
    expected="held",
    harm="Results by residence repeat those by treatment; CCGs without a hospital vanish.",
)
def ccg_of_the_hospital(files: Files, share: float) -> None:
    for trust in files.batch(share):
        rows = files.patients_of([trust])
        codes = files.sample.loc[rows, "CCG_CODE"]
        files.sample.loc[rows, "CCG_CODE"] = codes[codes != ""].mode().iloc[0]


@field_fault(
    "Patients of a shared clinic are listed under the code of the neighbouring trust",
    *(0.5, 0.1),
    of="patients of the second largest trust",
    expected="warned",
    harm="One trust loses its patients to another, and both scores are a mixture.",
)
def patients_under_the_code_of_another_trust(files: Files, share: float) -> None:
    _, own, other = files.trusts()[:3]
    files.sample.loc[files.patients_of([own]) & files.some(files.sample, share), "TRUST_CODE"] = other


@field_fault(
    "Deaths entered as refusals",
    *(1.0, 0.25),
    of="trusts",
    expected="held",
    harm="The dead stand in the denominator and the response rate falls by about three points; relatives may be "
    "written to again.",
)
def deaths_entered_as_refusals(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share)) & (files.sample["OUTCOME"] == "3")
    files.sample.loc[rows, "OUTCOME"] = "4"


@field_fault(
    "Whoever refused was struck from the list for the sake of data protection",
    *(1.0,),
    of="patients who opted out after mailing",
    expected="held",
    harm="They leave the denominator, and the response rate rises by some three points.",
)
def refusals_left_out_of_the_list(files: Files, share: float) -> None:
    files.sample = files.sample[~((files.sample["OUTCOME"] == "4") & files.some(files.sample, share))]


@field_fault(
    "Forms that came late were keyed, but the list still says that nothing is known of them",
    *(0.05, 0.005),
    of="patients whose form came back",
    expected="held",
    harm="The two files contradict each other; the response rate is too low, or answers are thrown away.",
)
def late_forms_still_marked_not_known(files: Files, share: float) -> None:
    answered = files.sample["PSID"].isin(files.responses["PSID"]) & (files.sample["OUTCOME"] == "1")
    files.sample.loc[answered & files.some(files.sample, share), "OUTCOME"] = "6"


@field_fault(
    "The names of the trusts slipped down by one row",
    *(1.0, 0.3),
    of="trusts, from some row to the end of the list",
    expected="held",
    harm="Every result is printed under the name of another hospital.",
)
def trust_names_one_row_down(files: Files, share: float) -> None:
    rows = files.organisations.index[files.organisations["LEVEL"] == "trust"]
    rows = rows[int(len(rows) * (1 - share)) :]
    files.organisations.loc[rows, "NAME"] = np.roll(files.organisations.loc[rows, "NAME"].to_numpy(), 1)
