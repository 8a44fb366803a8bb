"""More classes of fault seen in the field: modes of answering, printing, deliveries joined, who is on the list.

Written without having read the suites, like `fault_classes_field`, so that what the campaign finds of them is an honest
measure. Do not adjust a class to a check, nor drop one that is not noticed.
"""

from __future__ import annotations

import pandas as pd

from tests.mutation.fault_class import Files, field_fault

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
