"""Classes of fault in the files themselves: columns, codes, rows that are lost or doubled.

Does not belong here: who the patients are (`fault_classes_people`), what they answered (`fault_classes_answers`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.mutation.fault_class import Files, fault


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
