"""The same year under two policies."""

from dataclasses import replace

import pandas as pd
import pytest

from orchestration.statistics.case_mix.sensitivity import compare_policies
from tests.unit.statistics.policies import OWN
from tests.unit.statistics.tables import make_pattern, make_questions


def test_unknown_covariates_as_a_category() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("A", 10, 9, ethnic_group=None), make_pattern("B", 20, 10)]
    unknown = replace(OWN, missing_covariate_rule="unknown_category")
    table = compare_policies(pd.DataFrame(rows), make_questions("q1"), ["trust"], OWN, unknown)
    first = table.set_index("organisation_code").loc["A"]
    assert (first["n_base"], first["n_base_other"]) == (10, 20)
    assert first["adjusted_score"] == pytest.approx(0.4)
    # 30 of 40 people are known (0.4), 10 unknown (0.9).
    assert first["difference"] == pytest.approx(0.75 * 0.4 + 0.25 * 0.9 - 0.4)


def test_the_same_policy_changes_nothing() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("B", 20, 10)]
    table = compare_policies(pd.DataFrame(rows), make_questions("q1"), ["trust"], OWN, OWN)
    assert table["difference"].tolist() == [0, 0]
    assert not table["has_other_band"].any()
