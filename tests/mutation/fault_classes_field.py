"""Classes of fault seen in the field: how forms are keyed, merged, scanned and exported.

Written without having read the suites, from what goes wrong between a questionnaire and a file of answers, so that what
the campaign finds of them is an honest measure. Do not adjust a class to a check, nor drop one that is not noticed.
Does not belong here: faults of the patient list and of the organisations (`fault_classes_field_sample`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files, field_fault


def _questions(files: Files) -> list[str]:
    return [column for column in files.responses.columns if column.startswith("Q")]


# --- forms joined to the wrong people
# -----------------------------------------------------------------------------------------------


@field_fault(
    "In one trust the record numbers stand one row too low beside the answers",
    *(1.0, 0.5),
    of="forms of the largest trust, from some row to the end",
    expected="held",
    harm="Every answer is credited to another patient: the trust's total stands, its patient groups and its case-mix "
    "adjustment are nonsense.",
)
def record_numbers_one_row_down_in_one_trust(files: Files, share: float) -> None:
    rows = files.responses.index[files.respondents_of(files.trusts()[0])]
    rows = rows[int(len(rows) * (1 - share)) :]
    files.responses.loc[rows, "PSID"] = np.roll(files.responses.loc[rows, "PSID"].to_numpy(), 1)


@field_fault(
    "The record numbers were sorted, the answers beside them stayed in the order in which forms were scanned",
    *(1.0, 0.1),
    of="forms",
    expected="held",
    harm="Answers and patients have nothing to do with each other: all trusts become alike and every comparison is "
    "void, while every count and every national score is as before.",
)
def answers_pasted_in_scan_order(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    answers = [column for column in files.responses.columns if column != "PSID"]
    block = files.responses.loc[rows, answers].to_numpy()
    files.responses.loc[rows, answers] = block[files.random.permutation(len(block))]


@field_fault(
    "One digit of the record number was mistyped when the form was keyed",
    *(0.01, 0.002),
    of="forms",
    expected="held",
    harm="Forms are lost, credited to somebody who never answered, or collide with another form.",
)
def record_numbers_mistyped(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    files.responses.loc[rows, "PSID"] = [_mistype(number, files.random) for number in files.responses.loc[rows, "PSID"]]


def _mistype(number: str, random: np.random.Generator) -> str:
    place = int(random.integers(2, len(number)))  # the first two are the year, printed on the form
    digit = (int(number[place]) + int(random.integers(1, 10))) % 10
    return f"{number[:place]}{digit}{number[place + 1 :]}"


@field_fault(
    "The scanner's buffer was not emptied: a form carries the answers of the form before it",
    *(0.2, 0.03),
    of="forms",
    expected="held",
    harm="Some people speak twice and others not at all; intervals are narrower than the data allow.",
)
def form_before_repeated(files: Files, share: float) -> None:
    questions = _questions(files)
    rows = files.some(files.responses, share)
    rows.iloc[0] = False
    files.responses.loc[rows, questions] = files.responses[questions].shift().loc[rows]


@field_fault(
    "Empty cells were filled down from the row above, as a spreadsheet does with merged cells",
    *(1.0, 0.2),
    of="forms",
    expected="held",
    harm="People who left a question out, or whom it did not concern, are given the answer of a stranger; bases grow.",
)
def blanks_filled_from_the_row_above(files: Files, share: float) -> None:
    questions = _questions(files)
    rows = files.some(files.responses, share)
    answers = files.responses[questions]
    files.responses.loc[rows, questions] = answers.mask(answers == "").ffill().fillna("").loc[rows]


# --- columns and codes
# --------------------------------------------------------------------------------------------------------------


@field_fault(
    "One supplier's batch has two neighbouring columns exchanged (financial help and free prescriptions)",
    *(0.2, 0.05),
    of="trusts",
    expected="held",
    harm="Both questions share their codes, so nothing is out of range: the batch gets the wrong score for a headline "
    "question.",
)
def neighbouring_columns_swapped_in_a_batch(files: Files, share: float) -> None:
    rows = files.respondents_of(*files.batch(share))
    files.responses.loc[rows, ["Q22", "Q23"]] = files.responses.loc[rows, ["Q23", "Q22"]].to_numpy()


@field_fault(
    "Two neighbouring columns of like codes and like scores exchanged (support groups and daily activities)",
    *(1.0,),
    of="forms",
    expected="warned",
    harm="A headline question carries the score of its neighbour, a few points away: within what a year may bring.",
)
def neighbouring_columns_of_like_scores_swapped(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    files.responses.loc[rows, ["Q20", "Q21"]] = files.responses.loc[rows, ["Q21", "Q20"]].to_numpy()


@field_fault(
    "Support questions coded by an older code book, in which 'it was not necessary' stood before 'no'",
    *(1.0, 0.3),
    of="forms",
    expected="held",
    harm="Those who wanted help and got none leave the base, those who needed none enter it as unhelped.",
)
def codebook_of_an_older_questionnaire(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    for question in ("Q20", "Q21", "Q22", "Q23"):
        files.recode(question, {"2": "3", "3": "2"}, rows)


@field_fault(
    "No answer to the rating is written as 0, which is also the worst rating",
    *(1.0, 0.25),
    of="forms without a rating",
    expected="held",
    harm="Silence counts as 'very poor': the national mean falls by three or four tenths of a point.",
)
def no_rating_written_as_zero(files: Files, share: float) -> None:
    silent = files.responses["Q59"].isin(["", "999"])
    files.responses.loc[silent & files.some(files.responses, share), "Q59"] = "0"


@field_fault(
    "The field of the rating is one character wide, so that 10 became 1",
    *(1.0, 0.05),
    of="forms with a rating of 10",
    expected="held",
    harm="The most content patients count as nearly the least content.",
)
def rating_cut_to_one_digit(files: Files, share: float) -> None:
    best = files.responses["Q59"] == "10"
    files.responses.loc[best & files.some(files.responses, share), "Q59"] = "1"


@field_fault(
    "The web form asked for one to five stars, and the export doubled them",
    *(1.0, 0.3),
    of="forms",
    expected="held",
    harm="There are no odd ratings; a nine becomes a ten, and the mean rises by about a quarter of a point.",
)
def ratings_from_a_five_star_form(files: Files, share: float) -> None:
    stars = {str(rating): str(rating + 1) for rating in (1, 3, 5, 7, 9)}
    files.recode("Q59", stars, files.some(files.responses, share))


@field_fault(
    "A database export wrote only what was ticked: the answer 'no' arrives as an empty cell",
    *(1.0, 0.3),
    of="forms",
    expected="held",
    harm="Only praise is left in the base, and scores of yes-or-no questions go to 100%.",
)
def only_ticked_boxes_exported(files: Files, share: float) -> None:
    rows = files.some(files.responses, share)
    for question in ("Q17", "Q55", "Q58"):
        files.recode(question, {"2": ""}, rows)


# --- forms that nobody filled in, and forms that nobody got to see
# --------------------------------------------------------------------------------------------------------------------


@field_fault(
    "A telephone interviewer invented interviews: the first option everywhere, and a ten",
    *(0.5, 0.15),
    of="forms of the largest trust",
    expected="held",
    harm="The trust's scores are the interviewer's.",
)
def forms_invented_by_one_interviewer(files: Files, share: float) -> None:
    rows = files.respondents_of(files.trusts()[0]) & files.some(files.responses, share)
    files.responses.loc[rows, [f"Q{number}" for number in range(1, 59)]] = "1"
    files.responses.loc[rows, "Q59"] = "10"


@field_fault(
    "The supplier's test records were not deleted before the export",
    *(0.01, 0.002),
    of="forms, added to them",
    expected="warned",
    harm="People who do not exist praise the trust under whose code the system was tried out.",
)
def trial_records_left_in(files: Files, share: float) -> None:
    count = max(1, round(share * len(files.responses)))
    first = int(files.sample["PSID"].astype(int).max()) + 1
    numbers = [str(first + step) for step in range(count)]
    patient = {"NHS_NUMBER": "9999999999", "SEX": "1", "BIRTH_YEAR": "1980", "BIRTH_MONTH": "1", "OUTCOME": "1"}
    model = files.sample[files.patients_of(files.trusts()[:1])].iloc[[0] * count]
    form = pd.DataFrame("1", index=range(count), columns=files.responses.columns, dtype=str)
    boxes = {column: "0" for column in form.columns if column.startswith("Q62_")}
    form = form.assign(PSID=numbers, Q59="10", Q61="1980", COMMENTS="", **boxes)
    files.sample = pd.concat([files.sample, model.assign(PSID=numbers, **patient)], ignore_index=True)
    files.responses = pd.concat([files.responses, form], ignore_index=True)


@field_fault(
    "One trust opened the forms itself and did not pass on those with a rating below seven",
    *(1.0, 0.5),
    of="forms of the largest trust with a rating below seven",
    expected="warned",
    harm="The trust looks better than it is, by leaving out who was not content.",
)
def unhappy_forms_held_back_by_one_trust(files: Files, share: float) -> None:
    unhappy = files.responses["Q59"].isin([str(rating) for rating in range(7)])
    lost = unhappy & files.respondents_of(files.trusts()[0]) & files.some(files.responses, share)
    numbers = files.responses.loc[lost, "PSID"]
    files.responses = files.responses[~lost]
    files.sample.loc[files.sample["PSID"].isin(numbers), "OUTCOME"] = "6"
