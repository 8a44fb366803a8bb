"""Each class of fault in forms, columns and codes does to the answers what its title says."""

from __future__ import annotations

import numpy as np
import pytest

from .changes import ANSWERS, FIELD, Spoil, changed_cells, is_same

# --- forms joined to the wrong people
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", FIELD["record_numbers_one_row_down_in_one_trust"].sizes)
def test_record_numbers_one_row_down(spoil: Spoil, size: float) -> None:
    before, after = spoil("record_numbers_one_row_down_in_one_trust", size)
    trust = before.respondents_of(before.trusts()[0])
    old, new = (list(files.responses.loc[trust, "PSID"]) for files in (before, after))
    start = int(len(old) * (1 - size))
    assert new == [*old[:start], old[-1], *old[start:-1]]
    assert after.responses.loc[~trust, "PSID"].equals(before.responses.loc[~trust, "PSID"])


def test_answers_pasted_in_scan_order_keep_each_form_whole(spoil: Spoil) -> None:
    before, after = spoil("answers_pasted_in_scan_order")
    forms = [sorted(map(tuple, files.responses.drop(columns="PSID").to_numpy())) for files in (before, after)]
    assert forms[0] == forms[1]
    assert changed_cells(before.responses, after.responses).any(axis=1).mean() > 0.95


def test_record_numbers_mistyped_differ_in_one_digit(spoil: Spoil) -> None:
    before, after = spoil("record_numbers_mistyped")
    pairs = [(a, b) for a, b in zip(before.responses["PSID"], after.responses["PSID"], strict=True) if a != b]
    assert 3 <= len(pairs) <= 30
    assert all(len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1 for a, b in pairs)


def test_form_before_repeated(spoil: Spoil) -> None:
    before, after = spoil("form_before_repeated")
    old, new = (files.responses[sorted(ANSWERS)].to_numpy() for files in (before, after))
    rows = np.flatnonzero((old != new).any(axis=1))
    assert (new[rows] == old[rows - 1]).all()
    assert len(rows) == pytest.approx(0.2 * len(old), rel=0.2)


def test_blanks_filled_from_the_row_above(spoil: Spoil) -> None:
    before, after = spoil("blanks_filled_from_the_row_above")
    changed = changed_cells(before.responses, after.responses)
    assert set(before.responses.to_numpy()[changed.to_numpy()]) == {""}
    for column in sorted(ANSWERS):
        above = ""
        for old, new in zip(before.responses[column], after.responses[column], strict=True):
            above = old or above
            assert new == above
    assert changed.to_numpy().sum() > len(before.responses)


# --- columns and codes
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "second", "share"),
    [
        ("neighbouring_columns_swapped_in_a_batch", "Q22", "Q23", 0.2),
        ("neighbouring_columns_of_like_scores_swapped", "Q20", "Q21", 1.0),
    ],
)
def test_neighbouring_columns_swapped(spoil: Spoil, name: str, first: str, second: str, share: float) -> None:
    before, after = spoil(name)
    changed = changed_cells(before.responses, after.responses)[first]
    old, new = before.responses[changed], after.responses[changed]
    assert old[first].equals(new[second]) and old[second].equals(new[first])
    trusts = before.sample.loc[before.sample["PSID"].isin(old["PSID"]), "TRUST_CODE"].nunique()
    assert trusts == max(1, round(share * len(before.trusts())))


def test_codebook_of_an_older_questionnaire(spoil: Spoil) -> None:
    before, after = spoil("codebook_of_an_older_questionnaire")
    exchange = {"2": "3", "3": "2"}
    for question in ("Q20", "Q21", "Q22", "Q23"):
        assert list(after.responses[question]) == [exchange.get(code, code) for code in before.responses[question]]


def test_no_rating_written_as_zero(spoil: Spoil) -> None:
    before, after = spoil("no_rating_written_as_zero")
    old, new = before.responses["Q59"], after.responses["Q59"]
    assert set(old[old != new]) == {"", "999"} and set(new[old != new]) == {"0"}
    assert not new.isin(["", "999"]).any()


def test_rating_cut_to_one_digit(spoil: Spoil) -> None:
    before, after = spoil("rating_cut_to_one_digit")
    cut = {"10": "1"}
    assert list(after.responses["Q59"]) == [cut.get(code, code) for code in before.responses["Q59"]]


def test_ratings_from_a_five_star_form(spoil: Spoil) -> None:
    before, after = spoil("ratings_from_a_five_star_form")
    for old, new in zip(before.responses["Q59"], after.responses["Q59"], strict=True):
        assert new == (str(2 * ((int(old) + 1) // 2)) if old not in ("", "999") else old)


def test_only_ticked_boxes_exported(spoil: Spoil) -> None:
    before, after = spoil("only_ticked_boxes_exported")
    for question in ("Q17", "Q55", "Q58"):
        assert list(after.responses[question]) == ["" if code == "2" else code for code in before.responses[question]]


# --- forms that nobody filled in, and forms that nobody got to see
# ----------------------------------------------------------------------------------------------------------------------


def test_forms_invented_by_one_interviewer(spoil: Spoil) -> None:
    before, after = spoil("forms_invented_by_one_interviewer")
    rows = changed_cells(before.responses, after.responses).any(axis=1)
    trust = before.respondents_of(before.trusts()[0])
    assert not (rows & ~trust).any()
    assert rows.sum() == pytest.approx(0.5 * trust.sum(), rel=0.25)
    assert (after.responses.loc[rows, [f"Q{number}" for number in range(1, 59)]] == "1").all(axis=None)
    assert (after.responses.loc[rows, "Q59"] == "10").all()


def test_trial_records_left_in(spoil: Spoil) -> None:
    before, after = spoil("trial_records_left_in")
    n_forms, n_people = len(before.responses), len(before.sample)
    assert is_same(after.responses.head(n_forms), before.responses)
    assert is_same(after.sample.head(n_people), before.sample)
    forms, people = after.responses.iloc[n_forms:], after.sample.iloc[n_people:]
    assert len(forms) == len(people) == round(0.01 * n_forms)
    assert list(forms["PSID"]) == list(people["PSID"])
    assert not set(people["PSID"]) & set(before.sample["PSID"])
    assert set(people["TRUST_CODE"]) == {before.trusts()[0]}
    assert (people.drop(columns="PSID").nunique() == 1).all() and (forms.drop(columns="PSID").nunique() == 1).all()
    assert set(people["OUTCOME"]) == {"1"} and set(forms["Q59"]) == {"10"} and set(forms["Q8"]) == {"1"}


@pytest.mark.parametrize("size", FIELD["unhappy_forms_held_back_by_one_trust"].sizes)
def test_unhappy_forms_held_back(spoil: Spoil, size: float) -> None:
    before, after = spoil("unhappy_forms_held_back_by_one_trust", size)
    kept = before.responses["PSID"].isin(after.responses["PSID"])
    assert is_same(before.responses[kept], after.responses)
    unhappy = before.responses["Q59"].isin(list("0123456")) & before.respondents_of(before.trusts()[0])
    assert (~kept).any() and not (~kept & ~unhappy).any()
    assert (~kept).sum() == unhappy.sum() if size == 1 else (~kept).sum() < unhappy.sum()
    changed = changed_cells(before.sample, after.sample)
    assert list(before.sample.loc[changed["OUTCOME"], "PSID"]) == list(before.responses.loc[~kept, "PSID"])
    assert set(after.sample.loc[changed["OUTCOME"], "OUTCOME"]) == {"6"}
    assert not changed.drop(columns="OUTCOME").any(axis=None)
