"""Policy `ncpes_2018` hides exactly the cells that the real 2018 release hides."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.disclosure.status import base_status, cell_status
from orchestration.registry import load_registry

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = Path(
    os.environ.get("NCPES_PUBLISHED_RESULTS") or REPOSITORY.parent / "shared/data/ncpes2018/published_results.csv.gz"
)
POLICY = load_registry(REPOSITORY / "dbt_project" / "seeds").suppression_policy("ncpes_2018")

pytestmark = [
    pytest.mark.published,
    pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published 2018 results are not beside the repository"),
]


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    table = pd.read_csv(PUBLISHED, dtype={"code": str, "imd": str, "cancer": str}, low_memory=False)
    table = table[table["n"].notna()].astype({"n": np.int64}).rename(columns={"code": "organisation_code"})
    # An organisation without any score says nothing about which of its cells a rule hides: it is not compared.
    return table[table.groupby(["level", "organisation_code"])["score"].transform("count") > 0]


@pytest.fixture(scope="module")
def cells(published: pd.DataFrame) -> pd.DataFrame:
    cells = published[published["kind"] == "unadjusted"].copy()
    is_total = cells["cancer"] == "All Cancers"
    return cells.assign(
        survey_year=2018,
        group_kind=np.where(is_total, "all", "tumour_group"),
        group_code=np.where(is_total, "all", cells["cancer"].str.lower().str.replace(" ", "_")),
        question_id=cells["question"],
        base_kind="all_answers",
        n_base=cells["n"],
    )


def test_every_unadjusted_cell_is_hidden_or_shown_as_published(cells: pd.DataFrame) -> None:
    status = cell_status(cells, POLICY)
    wrong = cells[(status == "published") != cells["score"].notna()]
    assert wrong.empty, wrong.head(20).to_string()
    # The file has work for every rule, or the comparison would prove nothing.
    assert status.value_counts().reindex(["published", "suppressed_primary", "suppressed_secondary"]).min() > 100


@pytest.mark.parametrize("kind", ["adjusted", "yearonyear"])
def test_scores_without_groups_are_hidden_by_their_base_alone(published: pd.DataFrame, kind: str) -> None:
    rows = published[published["kind"] == kind]
    status = base_status(rows["n"], None, POLICY)
    wrong = rows[(status == "published") != rows["score"].notna()]
    assert wrong.empty, wrong.head(20).to_string()
