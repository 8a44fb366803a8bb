"""How far each score moved since the survey year before, against how far scores usually move between years.

Belongs here: the movement of scores beyond sampling, which the checks and the quality report look at. Does not belong
here: the change that is published (`year_on_year`), which asks of sampling alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.change.significance import adjust_benjamini_hochberg, two_sided_p
from orchestration.statistics.change.year_on_year import complete_cells
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

KEYS = ["survey_year", "level", "organisation_code", "concept_id"]
# Variance between years where no earlier pair of years is loaded: the scores of trusts differed by 0.8 to 1.3 points
# beyond sampling in 2016 and 2017; for the rating a plain guess of the same size.
USUAL_VARIANCE = {"scored": 1.6e-4, "rating": 1.6e-3}
# A question has a variance of its own where the changes of this many organisations and years tell it.
MINIMUM_CHANGES = 20
# Normal deviate of 99.8% limits.
Z_LIMIT = 3.09
MOVEMENT_COLUMNS = [
    *("survey_year", "level", "organisation_code", "question_id", "concept_id", "question_kind", "n_base"),
    *("difference", "sampling_variance", "between_variance", "limit_upper", "z", "p_value", "p_adjusted"),
]


def score_movements(cells: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """The movement of every score since the survey year before, a row a survey year x level x organisation x question.

    Scores on the complete base of all patients, with at least two answers in both years, of questions that the registry
    lets compare with the year before. The variance of a difference is that of sampling plus that between years:

    - sampling: (x + 1/2)(n - x + 1/2) / ((n + 1)^2 n) of a share, the mean square deviation / n of the rating, summed;
    - between years: mean of difference^2 - sampling variance over all earlier pairs of consecutive years, by level and
      kind of question (of the nation where the level has none), at least 0; of the question itself where it is larger,
      with MINIMUM_CHANGES. The years compared are never in their own limit.

    `cells`: int_question_cells of all loaded years; `questions`: the registry table. Returns MOVEMENT_COLUMNS: n_base
    the smaller base, limit_upper = 3.09 standard errors, p_adjusted by Benjamini and Hochberg within year and level;
    shares 0-1 (rating: points). Raises ValueError for a missing column.
    """
    import pandas as pd

    changes = _consecutive_changes(cells, questions)
    between = np.zeros(len(changes))
    for year in changes["survey_year"].unique():
        rows = (changes["survey_year"] == year).to_numpy(dtype=bool)
        between[rows] = _between_variance(changes[rows], changes[changes["survey_year"] < year])
    error = np.sqrt(changes["sampling_variance"] + between)
    z = changes["difference"] / error
    table = changes.assign(
        between_variance=between, limit_upper=Z_LIMIT * error, z=z, p_value=two_sided_p(z.to_numpy(dtype=np.float64))
    )
    families = table.groupby(["survey_year", "level"])["p_value"]
    adjusted = families.transform(lambda p: pd.Series(adjust_benjamini_hochberg(p), index=p.index))
    return table.assign(p_adjusted=adjusted.astype("float64"))[MOVEMENT_COLUMNS]


def _consecutive_changes(cells: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """Difference and sampling variance of every score against that of the survey year before."""
    require_columns(questions, "questions", ["first_comparable_year"])
    complete = complete_cells(cells, questions)
    complete = complete[complete["n_base"] > 1]
    complete = complete.assign(sampling_variance=_sampling_variance(complete))
    since = questions[["survey_year", "question_id", "first_comparable_year"]]
    since = since.astype({"survey_year": complete["survey_year"].dtype})
    later = complete.merge(since, on=["survey_year", "question_id"])
    earlier = complete[[*KEYS, "n_base", "score", "sampling_variance"]]
    earlier = earlier.assign(survey_year=earlier["survey_year"] + 1)
    pairs = later.merge(earlier, on=KEYS, suffixes=("", "_before"))
    pairs = pairs[pairs["first_comparable_year"] < pairs["survey_year"]].reset_index(drop=True)
    return pairs.assign(
        n_base=np.minimum(pairs["n_base"], pairs["n_base_before"]),
        difference=pairs["score"] - pairs["score_before"],
        sampling_variance=pairs["sampling_variance"] + pairs["sampling_variance_before"],
    )


def _sampling_variance(cells: pd.DataFrame) -> Floats:
    n, x = numbers(cells, "n_base"), numbers(cells, "n_positive")
    of_rating = (numbers(cells, "rating_sum_squares") / n - (numbers(cells, "rating_sum") / n) ** 2) / n
    of_share = (x + 0.5) * (n - x + 0.5) / (n + 1) ** 2 / n
    return np.asarray(np.where(cells["question_kind"] == "rating", of_rating, of_share), dtype=np.float64)


def _between_variance(changes: pd.DataFrame, earlier: pd.DataFrame) -> Floats:
    """Variance between years of each of `changes`, from the `earlier` ones."""
    import pandas as pd

    excess = earlier.assign(excess=earlier["difference"] ** 2 - earlier["sampling_variance"])
    of_kind = excess.groupby(["level", "question_kind"])["excess"].mean().clip(lower=0)
    of_question = excess.groupby(["level", "concept_id"])["excess"].agg(["mean", "size"])
    own = of_question.loc[of_question["size"] >= MINIMUM_CHANGES, "mean"]

    def look_up(variances: pd.Series[float], keys: pd.DataFrame) -> Floats:
        found = variances.reindex(pd.MultiIndex.from_frame(keys))
        return np.asarray(found.to_numpy(dtype=np.float64), dtype=np.float64)

    kinds = changes[["level", "question_kind"]]
    usual = look_up(of_kind, kinds)
    for other in (look_up(of_kind, kinds.assign(level="national")), kinds["question_kind"].map(USUAL_VARIANCE)):
        usual = np.where(np.isnan(usual), other, usual)
    # At least what all questions of the kind have: a quiet past of one question is no promise.
    return np.asarray(np.maximum(usual, np.nan_to_num(look_up(own, changes[["level", "concept_id"]]))))
