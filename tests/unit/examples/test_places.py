from __future__ import annotations

import re

import numpy as np
import pytest

from orchestration.examples.places import Places, invent_places


@pytest.fixture(scope="module")
def places() -> Places:
    return invent_places(1)


def test_there_are_as_many_organisations_as_in_2018(places: Places) -> None:
    levels = (places.trust_codes, places.ccg_codes, places.alliance_codes)
    assert [len(codes) for codes in levels] == [145, 195, 19]
    codes = [code for level in levels for code in level]
    assert len(set(codes)) == len(codes)


def test_no_code_or_name_can_be_taken_for_a_real_one(places: Places) -> None:
    assert all(re.fullmatch(r"X[A-Z]\d", code) for code in places.trust_codes)
    assert all(re.fullmatch(r"Y[A-Z]\d", code) for code in places.ccg_codes)
    assert all(re.fullmatch(r"X\d{8}", code) for code in places.alliance_codes)
    names = (*places.trust_names, *places.ccg_names, *places.alliance_names)
    assert len(set(names)) == len(names)
    assert all(name.endswith("(example)") for name in names)


def test_shares_add_up(places: Places) -> None:
    for shares in (places.trust_share, places.covariate_loss):
        assert shares.sum() == pytest.approx(1)
    for shares in (places.tumour_share, places.ccg_flow):
        np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert set(places.ccg_alliance) == set(range(19))


def test_sizes_have_a_heavy_tail_and_some_trusts_few_tumour_groups(places: Places) -> None:
    relative = places.trust_share * 145
    assert relative.max() > 3
    assert relative.min() < 0.05
    assert (places.tumour_share.max(axis=1) > 0.5).sum() >= 6


def test_loss_of_covariates_is_concentrated(places: Places) -> None:
    loss = np.sort(places.covariate_loss)[::-1]
    assert 0.7 < (loss == 0).mean() < 0.85
    assert loss[:10].sum() == pytest.approx(0.86, abs=0.01)


@pytest.mark.parametrize("n_trusts", [2, 5, 30])
def test_small_worlds_are_whole(n_trusts: int) -> None:
    places = invent_places(3, n_trusts)
    assert len(places.trust_codes) == len(places.trust_share) == n_trusts
    assert len(places.ccg_codes) >= len(places.alliance_codes) >= 2


def test_more_trusts_than_names_are_refused() -> None:
    with pytest.raises(ValueError, match="between 2 and 145, got 146"):
        invent_places(1, 146)
