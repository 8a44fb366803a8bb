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
    "web_options_numbered_in_reverse": {"responses": frozenset({"Q13", "Q14", "Q15", "Q16"})},
    "web_filters_left_on_no": {"responses": frozenset({f"Q{n}" for n in (*range(24, 40), *range(43, 49))})},
    "web_forms_numbered_by_the_portal": {"responses": frozenset({"PSID"})},
    "arrow_misprinted_past_chemotherapy": {"responses": frozenset({"Q46", "Q47", "Q48"})},
    "rating_in_words_in_one_trust": {"responses": frozenset({"Q59"})},
    "translated_form_with_no_before_yes": {"responses": frozenset({"Q17", "Q38", "Q39", "Q42", "Q52", "Q58"})},
    "left_boxes_of_a_page_not_read": {"responses": frozenset({f"Q{number}" for number in range(29, 38)})},
    "visits_to_the_gp_keyed_as_a_number": {"responses": frozenset({"Q1"})},
    "no_answer_written_as_minus_nine": {"responses": ANSWERS},
    "numbers_given_out_by_two_suppliers": {"sample": frozenset({"PSID"}), "responses": frozenset({"PSID"})},
    "deprivation_not_found_for_numbers_with_spaces": {"sample": frozenset({"IMD_QUINTILE"})},
    "children_not_left_out": {"sample": frozenset({"BIRTH_YEAR", "ICD10"}), "responses": frozenset({"Q61"})},
    "ethnic_letters_without_gaps": {"sample": frozenset({"ETHNICITY"})},
    "small_ethnic_groups_left_blank": {"sample": frozenset({"ETHNICITY"})},
    "birth_years_in_bands_of_five": {"sample": frozenset({"BIRTH_YEAR"})},
    "trust_code_counted_up": {"sample": frozenset({"TRUST_CODE"})},
    "ccgs_of_next_april": {"sample": frozenset({"CCG_CODE"})},
}
# The files to which a class may add rows, or from which it may take some.
ROWS: dict[str, frozenset[str]] = {
    "trial_records_left_in": frozenset({"sample", "responses"}),
    "unhappy_forms_held_back_by_one_trust": frozenset({"sample", "responses"}),
    "refusals_left_out_of_the_list": frozenset({"sample"}),
    "patients_doubled_by_their_diagnoses": frozenset({"sample"}),
    "last_year_of_a_batch_stacked_below": frozenset({"sample", "responses"}),
    "patients_on_the_lists_of_two_trusts": frozenset({"sample"}),
    "list_of_the_breast_unit": frozenset({"sample", "responses"}),
    "blood_cancers_in_a_system_of_their_own": frozenset({"sample", "responses"}),
    "forms_of_the_dead_destroyed": frozenset({"sample", "responses"}),
    "mergers_of_next_spring_applied": frozenset({"sample", "organisations"}),
}


def is_same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """True where both have the same columns and the same cells, row by row; the index does not count."""
    return first.reset_index(drop=True).equals(second.reset_index(drop=True))


def changed_cells(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Mask of the changed cells of a table that kept its rows and columns."""
    assert list(after.columns) == list(before.columns)
    assert len(after) == len(before)
    return pd.DataFrame(after.to_numpy() != before.to_numpy(), columns=before.columns)
