"""What the classes of fault from the field may change, said apart from their code, and how a change is seen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tests.mutation.fault_class import Files
from tests.mutation.fault_classes import CLASSES

Spoil = Callable[..., tuple[Files, Files]]
KINDS = ("sample", "responses", "organisations")
FIELD = {name: fault_class for name, fault_class in CLASSES.items() if fault_class.is_blind}

ANSWERS = frozenset({f"Q{number}" for number in range(1, 71)} - {"Q62"} | {f"Q62_{box}" for box in range(1, 9)})
# The columns in which a class may change cells; those that add or take rows are under ROWS.
COLUMNS: dict[str, dict[str, frozenset[str]]] = {
    "record_numbers_one_row_down_in_one_trust": {"responses": frozenset({"PSID"})},
    "answers_pasted_in_scan_order": {"responses": ANSWERS | {"COMMENTS"}},
    "record_numbers_mistyped": {"responses": frozenset({"PSID"})},
    "form_before_repeated": {"responses": ANSWERS},
    "blanks_filled_from_the_row_above": {"responses": ANSWERS},
    "neighbouring_columns_swapped_in_a_batch": {"responses": frozenset({"Q22", "Q23"})},
    "neighbouring_columns_of_like_scores_swapped": {"responses": frozenset({"Q20", "Q21"})},
    "codebook_of_an_older_questionnaire": {"responses": frozenset({"Q20", "Q21", "Q22", "Q23"})},
    "no_rating_written_as_zero": {"responses": frozenset({"Q59"})},
    "rating_cut_to_one_digit": {"responses": frozenset({"Q59"})},
    "ratings_from_a_five_star_form": {"responses": frozenset({"Q59"})},
    "only_ticked_boxes_exported": {"responses": frozenset({"Q17", "Q55", "Q58"})},
    "forms_invented_by_one_interviewer": {"responses": frozenset({f"Q{number}" for number in range(1, 60)})},
    "sexes_reversed_in_a_batch": {"sample": frozenset({"SEX"})},
    "oldest_patients_born_in_the_next_century": {"sample": frozenset({"BIRTH_YEAR"})},
    "birth_dates_defaulted_to_1900": {"sample": frozenset({"BIRTH_YEAR", "BIRTH_MONTH"})},
    "ethnicity_defaulted_in_a_batch": {"sample": frozenset({"ETHNICITY"})},
    "deprivation_in_deciles": {"sample": frozenset({"IMD_QUINTILE"})},
    "deprivation_of_the_hospital": {"sample": frozenset({"IMD_QUINTILE"})},
    "diagnoses_pasted_in_another_order": {"sample": frozenset({"ICD10"})},
    "diagnoses_beyond_the_old_lookup_other": {"sample": frozenset({"ICD10"})},
    "secondary_cancer_for_the_primary": {"sample": frozenset({"ICD10"})},
    "months_and_days_exchanged": {"sample": frozenset({"DISCHARGE_MONTH", "DISCHARGE_DAY"})},
    "patients_of_another_quarter": {"sample": frozenset({"DISCHARGE_MONTH"})},
    "ccg_of_the_hospital": {"sample": frozenset({"CCG_CODE"})},
    "patients_under_the_code_of_another_trust": {"sample": frozenset({"TRUST_CODE"})},
    "deaths_entered_as_refusals": {"sample": frozenset({"OUTCOME"})},
    "late_forms_still_marked_not_known": {"sample": frozenset({"OUTCOME"})},
    "trust_names_one_row_down": {"organisations": frozenset({"NAME"})},
}
ROWS = ("trial_records_left_in", "unhappy_forms_held_back_by_one_trust", "refusals_left_out_of_the_list")


def is_same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """True where both have the same columns and the same cells, row by row; the index does not count."""
    return first.reset_index(drop=True).equals(second.reset_index(drop=True))


def changed_cells(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Mask of the changed cells of a table that kept its rows and columns."""
    assert list(after.columns) == list(before.columns)
    assert len(after) == len(before)
    return pd.DataFrame(after.to_numpy() != before.to_numpy(), columns=before.columns)
