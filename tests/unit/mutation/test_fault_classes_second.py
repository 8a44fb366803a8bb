"""Each class of fault of modes, print, joined deliveries and lists does what its title says."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from tests.mutation.fault_class import Files

from .changes import FIELD, Spoil, changed_cells, is_same


def _forms(before: Files, after: Files) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The changed rows of the responses, as they were and as they are."""
    rows = changed_cells(before.responses, after.responses).any(axis=1)
    return before.responses[rows], after.responses[rows]


def _people(before: Files, after: Files) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The changed rows of the sample, as they were and as they are."""
    rows = changed_cells(before.sample, after.sample).any(axis=1)
    return before.sample[rows], after.sample[rows]


def _trusts_of(before: Files, forms: pd.DataFrame) -> set[str]:
    return set(before.sample.loc[before.sample["PSID"].isin(forms["PSID"]), "TRUST_CODE"])


def _count(before: Files, share: float) -> int:
    return max(1, round(share * len(before.trusts())))


# --- how the question was put: web, print, language
# ----------------------------------------------------------------------------------------------------------------------


def test_web_options_numbered_in_reverse(spoil: Spoil) -> None:
    before, after = spoil("web_options_numbered_in_reverse")
    old, new = _forms(before, after)
    for question in ("Q13", "Q14", "Q15", "Q16"):
        assert list(new[question]) == [{"1": "3", "3": "1"}.get(code, code) for code in old[question]]
    assert len(old) == pytest.approx(0.15 * len(before.responses), rel=0.25)
    assert len(_trusts_of(before, old)) == len(before.trusts())


def test_web_filters_left_on_no(spoil: Spoil) -> None:
    before, after = spoil("web_filters_left_on_no")
    old, new = _forms(before, after)
    assert (new[["Q24", "Q27", "Q43", "Q46"]] == "2").all(axis=None)
    assert (new[["Q25", "Q26", *(f"Q{n}" for n in range(28, 40)), "Q44", "Q45", "Q47", "Q48"]] == "").all(axis=None)
    assert is_same(old[["Q3", "Q40", "Q41", "Q42", "Q49"]], new[["Q3", "Q40", "Q41", "Q42", "Q49"]])
    assert len(old) == pytest.approx(0.15 * len(before.responses), rel=0.25)


def test_web_forms_numbered_by_the_portal(spoil: Spoil) -> None:
    before, after = spoil("web_forms_numbered_by_the_portal")
    old, new = _forms(before, after)
    assert list(new["PSID"]) == [f"W{number}" for number in old["PSID"]]
    assert len(old) == pytest.approx(0.15 * len(before.responses), rel=0.25)


@pytest.mark.parametrize("size", FIELD["arrow_misprinted_past_chemotherapy"].sizes)
def test_arrow_misprinted_past_chemotherapy(spoil: Spoil, size: float) -> None:
    before, after = spoil("arrow_misprinted_past_chemotherapy", size)
    old, new = _forms(before, after)
    assert set(old["Q43"]) == {"2"}
    assert (new[["Q46", "Q47", "Q48"]] == "").all(axis=None)
    batch = before.respondents_of(*_trusts_of(before, old))
    assert len(_trusts_of(before, old)) == _count(before, size)
    assert set(after.responses.loc[batch & (before.responses["Q43"] == "2"), "Q46"]) == {""}


@pytest.mark.parametrize("size", FIELD["rating_in_words_in_one_trust"].sizes)
def test_rating_in_words_in_one_trust(spoil: Spoil, size: float) -> None:
    before, after = spoil("rating_in_words_in_one_trust", size)
    old, new = _forms(before, after)
    assert _trusts_of(before, old) == {before.trusts()[1]}
    assert list(new["Q59"]) == ["55554433211"[int(rating)] for rating in old["Q59"]]
    assert {"8", "9", "10"} <= set(old["Q59"])
    whole = after.responses.loc[before.respondents_of(before.trusts()[1]), "Q59"]
    assert (set(whole) <= {"1", "2", "3", "4", "5", "", "999"}) == (size == 1)


def test_translated_form_with_no_before_yes(spoil: Spoil) -> None:
    before, after = spoil("translated_form_with_no_before_yes")
    old, new = _forms(before, after)
    assert set(old["Q68"]) == {"2"}
    for question in ("Q17", "Q38", "Q39", "Q42", "Q52", "Q58"):
        assert list(new[question]) == [{"1": "2", "2": "1"}.get(code, code) for code in old[question]]
    assert 0 < len(old) < 0.6 * (before.responses["Q68"] == "2").sum()


def test_left_boxes_of_a_page_not_read(spoil: Spoil) -> None:
    before, after = spoil("left_boxes_of_a_page_not_read")
    old, new = _forms(before, after)
    page = [f"Q{number}" for number in range(29, 38)]
    assert is_same(new[page], old[page].replace("1", ""))
    read_it = (before.responses[page] == "1").any(axis=1).sum()
    assert len(old) == pytest.approx(0.1 * read_it, rel=0.35)


# --- how the answer was coded
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["visits_to_the_gp_keyed_as_a_number"].sizes)
def test_visits_to_the_gp_keyed_as_a_number(spoil: Spoil, size: float) -> None:
    before, after = spoil("visits_to_the_gp_keyed_as_a_number", size)
    old, new = _forms(before, after)
    assert set(zip(old["Q1"], new["Q1"], strict=True)) == {("1", ""), ("2", "1"), ("3", "2"), ("4", "3")}
    trusts = _trusts_of(before, old)
    assert len(trusts) == _count(before, size)
    assert not after.responses.loc[before.respondents_of(*trusts), "Q1"].eq("4").any()


def test_no_answer_written_as_minus_nine(spoil: Spoil) -> None:
    before, after = spoil("no_answer_written_as_minus_nine")
    old, new = _forms(before, after)
    assert is_same(new, old.replace("999", "-9"))
    trusts = _trusts_of(before, old)
    assert len(trusts) == _count(before, 0.2)
    assert not after.responses[before.respondents_of(*trusts)].eq("999").any(axis=None)


# --- deliveries and tables joined
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["numbers_given_out_by_two_suppliers"].sizes)
def test_numbers_given_out_by_two_suppliers(spoil: Spoil, size: float) -> None:
    before, after = spoil("numbers_given_out_by_two_suppliers", size)
    old, new = _people(before, after)
    assert old["TRUST_CODE"].nunique() == _count(before, size)
    assert len(old) == before.patients_of(list(old["TRUST_CODE"].unique())).sum()
    elsewhere = before.sample[~before.sample["PSID"].isin(old["PSID"])]
    assert list(new["PSID"]) == list(elsewhere["PSID"].head(len(old)))
    given = dict(zip(old["PSID"], new["PSID"], strict=True))
    assert list(after.responses["PSID"]) == [given.get(number, number) for number in before.responses["PSID"]]


@pytest.mark.parametrize("size", FIELD["patients_doubled_by_their_diagnoses"].sizes)
def test_patients_doubled_by_their_diagnoses(spoil: Spoil, size: float) -> None:
    before, after = spoil("patients_doubled_by_their_diagnoses", size)
    second = after.sample["PSID"].duplicated()
    assert is_same(after.sample[~second], before.sample)
    firsts = before.sample[before.sample["PSID"].isin(after.sample.loc[second, "PSID"])]
    assert is_same(after.sample[second].drop(columns="ICD10"), firsts.drop(columns="ICD10"))
    assert set(after.sample.loc[second, "ICD10"]) <= {"C78.7", "C79.3", "C79.5"}
    assert second.sum() == pytest.approx(size * len(before.sample), rel=0.5)


def test_last_year_of_a_batch_stacked_below(spoil: Spoil) -> None:
    before, after = spoil("last_year_of_a_batch_stacked_below")
    n_people, n_forms = len(before.sample), len(before.responses)
    assert is_same(after.sample.head(n_people), before.sample)
    assert is_same(after.responses.head(n_forms), before.responses)
    people, forms = after.sample.iloc[n_people:], after.responses.iloc[n_forms:]
    old_people, old_forms = before.last_year
    assert len(people) and len(forms)
    assert set(people["DISCHARGE_YEAR"]) == {str(before.year - 1)}
    assert people["TRUST_CODE"].nunique() == 1
    assert is_same(people, old_people[old_people["TRUST_CODE"] == people["TRUST_CODE"].iloc[0]])
    assert is_same(forms, old_forms[old_forms["PSID"].isin(people["PSID"])])


def test_deprivation_not_found_for_numbers_with_spaces(spoil: Spoil) -> None:
    before, after = spoil("deprivation_not_found_for_numbers_with_spaces")
    spaced = before.sample["NHS_NUMBER"].str.contains(" ")
    assert set(after.sample.loc[spaced, "IMD_QUINTILE"]) == {""}
    assert is_same(after.sample[~spaced], before.sample[~spaced])
    assert spaced.mean() == pytest.approx(1 / 3, abs=0.05)


# --- who is on the list
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["patients_on_the_lists_of_two_trusts"].sizes)
def test_patients_on_the_lists_of_two_trusts(spoil: Spoil, size: float) -> None:
    before, after = spoil("patients_on_the_lists_of_two_trusts", size)
    count = len(before.sample)
    assert is_same(after.sample.head(count), before.sample)
    copies = after.sample.iloc[count:].set_index("NHS_NUMBER")
    firsts = before.sample.set_index("NHS_NUMBER").loc[copies.index]
    assert not copies["PSID"].isin(before.sample["PSID"]).any() and copies["PSID"].is_unique
    assert (copies["TRUST_CODE"] != firsts["TRUST_CODE"]).all() and copies["TRUST_CODE"].isin(before.trusts()).all()
    assert list(copies["OUTCOME"]) == ["6" if code == "1" else code for code in firsts["OUTCOME"]]
    others = ["PSID", "TRUST_CODE", "OUTCOME"]
    assert is_same(copies.drop(columns=others), firsts.drop(columns=others))
    assert len(copies) == pytest.approx(size * count, rel=0.5)


def _struck(before: Files, after: Files) -> pd.DataFrame:
    """Who is not on the list any more, having checked that everyone else is untouched."""
    kept = before.sample["PSID"].isin(after.sample["PSID"])
    assert is_same(after.sample, before.sample[kept])
    lost = before.sample[~kept]
    assert is_same(after.responses, before.responses[~before.responses["PSID"].isin(lost["PSID"])])
    return lost


@pytest.mark.parametrize("size", FIELD["list_of_the_breast_unit"].sizes)
def test_list_of_the_breast_unit(spoil: Spoil, size: float) -> None:
    before, after = spoil("list_of_the_breast_unit", size)
    lost, trust = _struck(before, after), before.trusts()[1]
    assert set(lost["TRUST_CODE"]) == {trust}
    assert not lost["ICD10"].str[:3].isin(["C50", "D05"]).any()
    others = before.sample[before.sample["TRUST_CODE"] == trust]["ICD10"].str[:3]
    assert len(lost) == pytest.approx(size * (~others.isin(["C50", "D05"])).sum(), rel=0.2)


@pytest.mark.parametrize("size", FIELD["blood_cancers_in_a_system_of_their_own"].sizes)
def test_blood_cancers_in_a_system_of_their_own(spoil: Spoil, size: float) -> None:
    before, after = spoil("blood_cancers_in_a_system_of_their_own", size)
    lost = _struck(before, after)
    blood = {*(f"C{number}" for number in range(81, 97)), "D45", "D46", "D47"}
    assert set(lost["ICD10"].str[:3]) <= blood
    trusts = set(lost["TRUST_CODE"])
    assert 0 < len(trusts) <= _count(before, size)
    left = after.sample[after.sample["TRUST_CODE"].isin(trusts)]
    assert not left["ICD10"].str[:3].isin(blood).any()


@pytest.mark.parametrize("size", FIELD["children_not_left_out"].sizes)
def test_children_not_left_out(spoil: Spoil, size: float) -> None:
    before, after = spoil("children_not_left_out", size)
    old, new = _people(before, after)
    ages = before.year - new["BIRTH_YEAR"].astype(int)
    assert ages.between(2, 14).all()
    assert set(new["ICD10"]) <= {"C91.0", "C71.9", "C81.9", "C40.2"}
    assert len(old) == pytest.approx(size * len(before.sample), rel=0.8)
    born = dict(zip(new["PSID"], new["BIRTH_YEAR"], strict=True))
    stated = zip(before.responses["PSID"], before.responses["Q61"], strict=True)
    assert list(after.responses["Q61"]) == [born.get(number, year) for number, year in stated]


@pytest.mark.parametrize("size", FIELD["forms_of_the_dead_destroyed"].sizes)
def test_forms_of_the_dead_destroyed(spoil: Spoil, size: float) -> None:
    before, after = spoil("forms_of_the_dead_destroyed", size)
    old, new = _people(before, after)
    assert set(new["OUTCOME"]) == {"3"} and is_same(new.drop(columns="OUTCOME"), old.drop(columns="OUTCOME"))
    grave = {"C15", "C16", "C22", "C23", "C24", "C25", "C33", "C34", "C71"}
    assert set(old["ICD10"].str[:3]) <= grave
    assert is_same(after.responses, before.responses[~before.responses["PSID"].isin(old["PSID"])])
    lost = len(before.responses) - len(after.responses)
    of_them = before.sample.loc[before.sample["ICD10"].str[:3].isin(grave), "PSID"]
    assert 0 < lost == len(old) < 2.5 * size * before.responses["PSID"].isin(of_them).sum()


# --- who the patient is, and where he belongs
# ----------------------------------------------------------------------------------------------------------------------


def test_ethnic_letters_without_gaps(spoil: Spoil) -> None:
    before, after = spoil("ethnic_letters_without_gaps")
    old, new = _people(before, after)
    steps = {"J": "I", "K": "J", "L": "K", "M": "L", "N": "M", "P": "N", "R": "O", "S": "P"}
    assert list(new["ETHNICITY"]) == [steps[letter] for letter in old["ETHNICITY"]]
    batch = before.patients_of(list(old["TRUST_CODE"].unique()))
    assert old["TRUST_CODE"].nunique() == _count(before, 0.2)
    assert len(old) == before.sample.loc[batch, "ETHNICITY"].isin(list(steps)).sum()


@pytest.mark.parametrize("size", FIELD["small_ethnic_groups_left_blank"].sizes)
def test_small_ethnic_groups_left_blank(spoil: Spoil, size: float) -> None:
    before, after = spoil("small_ethnic_groups_left_blank", size)
    old, new = _people(before, after)
    assert set(new["ETHNICITY"]) == {""}
    groups = Counter(zip(before.sample["TRUST_CODE"], before.sample["ETHNICITY"], strict=True))
    assert all(groups[trust, letter] < 6 for trust, letter in zip(old["TRUST_CODE"], old["ETHNICITY"], strict=True))
    left = after.sample[after.patients_of(list(old["TRUST_CODE"].unique())) & (after.sample["ETHNICITY"] != "")]
    assert left.groupby(["TRUST_CODE", "ETHNICITY"]).size().min() >= 6
    assert old["TRUST_CODE"].nunique() == _count(before, size)


def test_birth_years_in_bands_of_five(spoil: Spoil) -> None:
    before, after = spoil("birth_years_in_bands_of_five")
    old, new = _people(before, after)
    assert [int(year) for year in new["BIRTH_YEAR"]] == [int(year) - int(year) % 5 for year in old["BIRTH_YEAR"]]
    assert old["TRUST_CODE"].nunique() == _count(before, 0.2)
    years = after.sample.loc[after.patients_of(list(old["TRUST_CODE"].unique())), "BIRTH_YEAR"]
    assert years[years.str.fullmatch("19..|20..")].str[-1].isin(["0", "5"]).all()


@pytest.mark.parametrize("size", FIELD["trust_code_counted_up"].sizes)
def test_trust_code_counted_up(spoil: Spoil, size: float) -> None:
    before, after = spoil("trust_code_counted_up", size)
    trust = before.trusts()[2]
    rows = before.patients_of([trust])
    counted = list(after.sample.loc[rows, "TRUST_CODE"])
    start, digit = int(len(counted) * (1 - size)), int(trust[2:])
    steps = [f"{trust[:2]}{digit + step}" for step in range(1, len(counted) - start + 1)]
    assert counted == [trust] * start + steps
    assert is_same(after.sample[~rows], before.sample[~rows])


def test_mergers_of_next_spring_applied(spoil: Spoil) -> None:
    before, after = spoil("mergers_of_next_spring_applied")
    old, new = _people(before, after)
    kept = before.organisations["CODE"].isin(after.organisations["CODE"])
    gone = set(before.organisations.loc[~kept, "CODE"])
    assert is_same(after.organisations, before.organisations[kept])
    assert len(gone) == 1 and set(old["TRUST_CODE"]) == gone and gone <= set(before.trusts()[6:])
    assert set(new["TRUST_CODE"]) == {before.trusts()[0]}
    assert not after.patients_of(list(gone)).any()
    assert is_same(new.drop(columns="TRUST_CODE"), old.drop(columns="TRUST_CODE"))


@pytest.mark.parametrize("size", FIELD["ccgs_of_next_april"].sizes)
def test_ccgs_of_next_april(spoil: Spoil, size: float) -> None:
    before, after = spoil("ccgs_of_next_april", size)
    old, new = _people(before, after)
    ccgs = before.organisations[before.organisations["LEVEL"] == "ccg"].set_index("CODE")["PARENT_CODE"]
    gone = set(old["CCG_CODE"])
    assert len(gone) == max(1, round(size * len(ccgs)))
    assert not after.sample["CCG_CODE"].isin(gone).any()
    heirs = set(zip(old["CCG_CODE"], new["CCG_CODE"], strict=True))
    assert len(heirs) == len(gone) and all(ccgs[code] == ccgs[heir] for code, heir in heirs)
