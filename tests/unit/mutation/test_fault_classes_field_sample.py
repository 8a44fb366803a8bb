"""Each class of fault in the patient list and the organisations does what its title says."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from tests.mutation.fault_class import Files

from .changes import FIELD, Spoil, changed_cells, is_same


def _rows(before: Files, after: Files) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The changed rows of the sample, as they were and as they are."""
    rows = changed_cells(before.sample, after.sample).any(axis=1)
    return before.sample[rows], after.sample[rows]


def _share_of_trusts(before: Files, rows: pd.DataFrame) -> float:
    return rows["TRUST_CODE"].nunique() / len(before.trusts())


# --- who the patient is
# ---------------------------------------------------------------------------------------------------------------------


def test_sexes_reversed_in_a_batch(spoil: Spoil) -> None:
    before, after = spoil("sexes_reversed_in_a_batch")
    old, new = _rows(before, after)
    assert _share_of_trusts(before, old) == pytest.approx(0.2, abs=0.05)
    batch = before.patients_of(list(old["TRUST_CODE"].unique()))
    mirrored = {"1": "2", "2": "1"}
    assert list(after.sample.loc[batch, "SEX"]) == [mirrored.get(sex, sex) for sex in before.sample.loc[batch, "SEX"]]
    assert len(new) == int(before.sample.loc[batch, "SEX"].isin(list(mirrored)).sum())


def test_oldest_patients_born_in_the_next_century(spoil: Spoil) -> None:
    before, after = spoil("oldest_patients_born_in_the_next_century")
    for old, new in zip(before.sample["BIRTH_YEAR"], after.sample["BIRTH_YEAR"], strict=True):
        assert new == (f"20{old[2:]}" if "1900" <= old <= "1929" and len(old) == 4 else old)
    assert len(_rows(before, after)[0]) >= 10


def test_birth_dates_defaulted_to_1900(spoil: Spoil) -> None:
    before, after = spoil("birth_dates_defaulted_to_1900")
    old, new = _rows(before, after)
    assert set(new["BIRTH_YEAR"]) == {"1900"} and set(new["BIRTH_MONTH"]) == {"1"}
    assert len(old) == pytest.approx(0.05 * len(before.sample), rel=0.35)


def test_ethnicity_defaulted_in_a_batch(spoil: Spoil) -> None:
    before, after = spoil("ethnicity_defaulted_in_a_batch")
    old, new = _rows(before, after)
    assert set(new["ETHNICITY"]) == {"A"} and "A" not in set(old["ETHNICITY"])
    batch = before.patients_of(list(old["TRUST_CODE"].unique()))
    assert set(after.sample.loc[batch, "ETHNICITY"]) == {"A"}
    assert _share_of_trusts(before, old) == pytest.approx(0.3, abs=0.1)


def test_deprivation_in_deciles_halves_to_the_quintile(spoil: Spoil) -> None:
    before, after = spoil("deprivation_in_deciles")
    pairs = set(zip(before.sample["IMD_QUINTILE"], after.sample["IMD_QUINTILE"], strict=True))
    known = {(old, new) for old, new in pairs if old in list("12345")}
    assert known == {(str((tenth + 1) // 2), str(tenth)) for tenth in range(1, 11)}
    assert all(old == new for old, new in pairs - known)


@pytest.mark.parametrize("size", FIELD["deprivation_of_the_hospital"].sizes)
def test_deprivation_of_the_hospital(spoil: Spoil, size: float) -> None:
    before, after = spoil("deprivation_of_the_hospital", size)
    values = after.sample.groupby("TRUST_CODE")["IMD_QUINTILE"].agg(set)
    alike = values[values.map(len) == 1]
    assert len(alike) == round(size * len(before.trusts()))
    assert all(value <= set("12345") for value in alike)
    assert set(_rows(before, after)[0]["TRUST_CODE"]) == set(alike.index)


# --- what the patient had, and when
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["diagnoses_pasted_in_another_order"].sizes)
def test_diagnoses_pasted_in_another_order(spoil: Spoil, size: float) -> None:
    before, after = spoil("diagnoses_pasted_in_another_order", size)
    for trust in before.trusts():
        rows = before.patients_of([trust])
        assert Counter(before.sample.loc[rows, "ICD10"]) == Counter(after.sample.loc[rows, "ICD10"])
    assert _share_of_trusts(before, _rows(before, after)[0]) == pytest.approx(size, abs=0.05)


def test_diagnoses_beyond_the_old_lookup_other(spoil: Spoil) -> None:
    before, after = spoil("diagnoses_beyond_the_old_lookup_other")
    old, new = _rows(before, after)
    assert set(new["ICD10"]) == {"C80"}
    late = set(old["ICD10"].str[:3])
    assert {"C90", "C83", "D05"} <= late and min(late) > "C80"
    assert not after.sample["ICD10"].str[:3].gt("C80").any()


def test_secondary_cancer_for_the_primary(spoil: Spoil) -> None:
    before, after = spoil("secondary_cancer_for_the_primary")
    old, new = _rows(before, after)
    assert set(new["ICD10"]) == {"C77", "C78", "C79"}
    assert set(old["TRUST_CODE"]) == {before.trusts()[0]}
    assert len(old) == pytest.approx(0.5 * before.patients_of(before.trusts()[:1]).sum(), rel=0.2)


def test_months_and_days_exchanged(spoil: Spoil) -> None:
    before, after = spoil("months_and_days_exchanged")
    columns = ["DISCHARGE_DAY", "DISCHARGE_MONTH"]
    old, new = before.sample[columns].to_numpy(), after.sample[columns].to_numpy()
    for (day, month), now in zip(old, new, strict=True):
        assert tuple(now) == ((month, day) if int(day) <= 12 else (day, month))
    assert {"1", "12"} <= set(after.sample["DISCHARGE_MONTH"])


@pytest.mark.parametrize("size", FIELD["patients_of_another_quarter"].sizes)
def test_patients_of_another_quarter(spoil: Spoil, size: float) -> None:
    before, after = spoil("patients_of_another_quarter", size)
    old, new = _rows(before, after)
    assert [int(month) + 3 for month in new["DISCHARGE_MONTH"]] == [int(month) for month in old["DISCHARGE_MONTH"]]
    assert set(new["DISCHARGE_MONTH"]) == {"1", "2", "3"}
    trusts = before.patients_of(list(old["TRUST_CODE"].unique()))
    assert len(old) == trusts.sum()
    assert old["TRUST_CODE"].nunique() == max(1, round(size * len(before.trusts())))


# --- where the patient belongs, and what became of the letter
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["ccg_of_the_hospital"].sizes)
def test_ccg_of_the_hospital(spoil: Spoil, size: float) -> None:
    before, after = spoil("ccg_of_the_hospital", size)
    counts = after.sample.groupby("TRUST_CODE")["CCG_CODE"].agg(set)
    alike = counts[counts.map(len) == 1]
    assert len(alike) == round(size * len(before.trusts()))
    for trust, codes in alike.items():
        there = Counter(before.sample.loc[before.patients_of([str(trust)]), "CCG_CODE"])
        assert there[next(iter(codes))] == max(count for code, count in there.items() if code)


def test_patients_under_the_code_of_another_trust(spoil: Spoil) -> None:
    before, after = spoil("patients_under_the_code_of_another_trust")
    old, new = _rows(before, after)
    assert set(old["TRUST_CODE"]) == {before.trusts()[1]} and set(new["TRUST_CODE"]) == {before.trusts()[2]}
    assert len(old) == pytest.approx(0.5 * before.patients_of(before.trusts()[1:2]).sum(), rel=0.2)


@pytest.mark.parametrize("size", FIELD["deaths_entered_as_refusals"].sizes)
def test_deaths_entered_as_refusals(spoil: Spoil, size: float) -> None:
    before, after = spoil("deaths_entered_as_refusals", size)
    old, new = _rows(before, after)
    assert set(old["OUTCOME"]) == {"3"} and set(new["OUTCOME"]) == {"4"}
    dead = (before.sample["OUTCOME"] == "3").sum()
    assert len(old) == dead if size == 1 else 0 < len(old) < 0.7 * dead


def test_refusals_left_out_of_the_list(spoil: Spoil) -> None:
    before, after = spoil("refusals_left_out_of_the_list")
    assert is_same(after.sample, before.sample[before.sample["OUTCOME"] != "4"])
    assert is_same(after.responses, before.responses)
    assert len(after.sample) < len(before.sample)


@pytest.mark.parametrize("size", FIELD["late_forms_still_marked_not_known"].sizes)
def test_late_forms_still_marked_not_known(spoil: Spoil, size: float) -> None:
    before, after = spoil("late_forms_still_marked_not_known", size)
    old, new = _rows(before, after)
    assert set(old["OUTCOME"]) == {"1"} and set(new["OUTCOME"]) == {"6"}
    assert old["PSID"].isin(after.responses["PSID"]).all()
    assert 0 < len(old) < 2 * size * len(before.responses)


@pytest.mark.parametrize("size", FIELD["trust_names_one_row_down"].sizes)
def test_trust_names_one_row_down(spoil: Spoil, size: float) -> None:
    before, after = spoil("trust_names_one_row_down", size)
    trusts = before.organisations["LEVEL"] == "trust"
    old, new = (list(files.organisations.loc[trusts, "NAME"]) for files in (before, after))
    start = int(len(old) * (1 - size))
    assert new == [*old[:start], old[-1], *old[start:-1]]
    assert after.organisations[~trusts].equals(before.organisations[~trusts])
