"""Classes of fault in the answers: reversed, recoded, blank."""

from __future__ import annotations

from tests.mutation.fault_class import Files, fault


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
