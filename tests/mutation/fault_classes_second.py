"""More classes of fault seen in the field: modes of answering, printing, deliveries joined, who is on the list.

Written without having read the suites, like `fault_classes_field`, so that what the campaign finds of them is an honest
measure. Do not adjust a class to a check, nor drop one that is not noticed.
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


# --- how the question was put: web, print, language
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "The web form showed 'no' first in four questions and numbered the options as shown",
    *(0.15, 0.05),
    of="forms, those of the web",
    expected="held",
    harm="'Yes, definitely' and 'no' are exchanged for whoever answered by web: national scores fall by some points.",
)
def web_options_numbered_in_reverse(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    for question in ("Q13", "Q14", "Q15", "Q16"):
        files.recode(question, {"1": "3", "3": "1"}, rows)


@field_fault(
    "On small screens the filter questions were hidden and sent off with their preset answer, 'no'",
    *(0.15, 0.05),
    of="forms, those of small screens",
    expected="held",
    harm="Operations, nights in hospital, radiotherapy and chemotherapy vanish with all that was asked about them.",
)
def web_filters_left_on_no(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    asked = [*range(25, 27), *range(28, 40), 44, 45, 47, 48]
    files.responses.loc[rows, ["Q24", "Q27", "Q43", "Q46"]] = "2"
    files.responses.loc[rows, [f"Q{number}" for number in asked]] = ""


@field_fault(
    "Forms of the web carry the number of the portal, the record number with a W before it",
    *(0.15, 0.02),
    of="forms, those of the web",
    expected="stopped",
    harm="They belong to nobody on the list: the younger patients' answers are lost, and they count as returned.",
)
def web_forms_numbered_by_the_portal(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    files.responses.loc[rows, "PSID"] = "W" + files.responses.loc[rows, "PSID"]


@field_fault(
    "A print run sends those without radiotherapy past the chemotherapy questions as well",
    *(0.3, 0.05),
    of="trusts, those of the print run",
    expected="held",
    harm="Chemotherapy is judged only by who had radiotherapy too; the base of these trusts falls by some two thirds.",
)
def arrow_misprinted_past_chemotherapy(files: Files, share: float) -> None:
    rows = files.respondents_of(*files.batch(share)) & (files.responses["Q43"] == "2")
    files.responses.loc[rows, ["Q46", "Q47", "Q48"]] = ""


@field_fault(
    "One trust posted the questionnaire of years ago, whose rating was in words: 1 excellent to 5 poor",
    *(1.0, 0.3),
    of="forms of the second largest trust",
    expected="held",
    harm="The best rating counts as nearly the worst: the trust has by far the lowest mean of the country.",
)
def rating_in_words_in_one_trust(files: Files, share: float) -> None:
    words = {10: 1, 9: 1, 8: 2, 7: 3, 6: 3, 5: 4, 4: 4, 3: 5, 2: 5, 1: 5, 0: 5}
    rows = files.respondents_of(files.trusts()[1]) & files.some(files.responses, share)
    files.recode("Q59", {str(rating): str(word) for rating, word in words.items()}, rows)


@field_fault(
    "In a translated questionnaire 'no' stands before 'yes', and it was keyed by the English code book",
    *(0.3, 0.1),
    of="forms of people whose first language is not English",
    expected="warned",
    harm="Patients of this group seem to be told much less than others; national scores move by less than a point.",
)
def translated_form_with_no_before_yes(files: Files, share: float) -> None:
    rows = (files.responses["Q68"] == "2") & files.some(files.responses, share)
    for question in ("Q17", "Q38", "Q39", "Q42", "Q52", "Q58"):
        files.recode(question, {"1": "2", "2": "1"}, rows)


@field_fault(
    "One page went through the scanner askew, so that the boxes at the left edge were not read",
    *(0.1, 0.02),
    of="forms, those of one scanner",
    expected="warned",
    harm="The best answers of a page are lost and the others kept: nine scores fall by a point or two.",
)
def left_boxes_of_a_page_not_read(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    for number in range(29, 38):
        files.recode(f"Q{number}", {"1": ""}, rows)


# --- how the answer was coded
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "A supplier keyed how often the GP was seen as a number of visits, with nothing for none",
    *(0.2, 0.05),
    of="trusts, those of one supplier",
    expected="held",
    harm="Those who went once leave the base, those who went three or four times enter it as seen in good time.",
)
def visits_to_the_gp_keyed_as_a_number(files: Files, share: float) -> None:
    rows = files.respondents_of(*files.batch(share))
    files.recode("Q1", {"1": "", "2": "1", "3": "2", "4": "3"}, rows)


@field_fault(
    "A supplier's statistical package writes -9 where no answer was given",
    *(0.2, 0.05),
    of="trusts, those of one supplier",
    expected="refused",
    harm="No code book has the code; taken for an answer it would enter bases, and the mean rating as minus nine.",
)
def no_answer_written_as_minus_nine(files: Files, share: float) -> None:
    rows = files.respondents_of(*files.batch(share))
    for column in files.responses.columns[files.responses.columns.str.startswith("Q")]:
        files.recode(column, {"999": "-9"}, rows)


# --- deliveries and tables joined
# ---------------------------------------------------------------------------------------------------------------------


@field_fault(
    "After the work was handed over, the new supplier numbered its patients from 1 again, like the old one",
    *(0.2, 0.05),
    of="trusts, those of the new supplier",
    expected="stopped",
    harm="Two people have one number: answers of one are credited to the other, or both are lost.",
)
def numbers_given_out_by_two_suppliers(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share))
    taken = files.sample.loc[~rows, "PSID"].head(int(rows.sum()))
    numbers = dict(zip(files.sample.loc[rows, "PSID"], taken, strict=False))
    for table in (files.sample, files.responses):
        table["PSID"] = table["PSID"].map(lambda number: numbers.get(number, number))


@field_fault(
    "The list was joined to a table of diagnoses that has two rows for whoever has a secondary cancer",
    *(0.05, 0.005),
    of="patients",
    expected="stopped",
    harm="These patients stand twice in the list, with two tumour groups; they count double or are lost.",
)
def patients_doubled_by_their_diagnoses(files: Files, share: float) -> None:
    copies = files.sample[files.some(files.sample, share)].copy()
    copies["ICD10"] = files.random.choice(["C78.7", "C79.3", "C79.5"], len(copies))
    files.sample = pd.concat([files.sample, copies]).sort_index(kind="stable").reset_index(drop=True)


@field_fault(
    "One supplier's files of last year lay in the folder and were stacked below this year's",
    *(0.05, 0.01),
    of="trusts, those of one supplier",
    expected="stopped",
    harm="Trusts are judged by two years at once, and their numbers double.",
)
def last_year_of_a_batch_stacked_below(files: Files, share: float) -> None:
    people, forms = files.last_year
    people = people[people["TRUST_CODE"].isin(files.batch(share))]
    forms = forms[forms["PSID"].isin(people["PSID"])]
    files.sample = pd.concat([files.sample, people[files.sample.columns]], ignore_index=True)
    files.responses = pd.concat([files.responses, forms[files.responses.columns]], ignore_index=True)


@field_fault(
    "Deprivation was joined by NHS number, and numbers written with spaces found no partner",
    *(1.0, 0.2),
    of="trusts; their patients whose number has spaces",
    expected="held",
    harm="A third of the patients have no deprivation: they leave the results by it, and the case-mix adjustment.",
)
def deprivation_not_found_for_numbers_with_spaces(files: Files, share: float) -> None:
    rows = files.patients_of(files.batch(share)) & files.sample["NHS_NUMBER"].str.contains(" ")
    files.sample.loc[rows, "IMD_QUINTILE"] = ""


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
