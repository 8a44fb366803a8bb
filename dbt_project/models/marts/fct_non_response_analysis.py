"""How far weights against non-response would move each national score; grain: survey year x question."""

from orchestration.model_tables.analysis_tables import weigh_scores
from orchestration.model_tables.typed import to_frame


def model(dbt, session):
    """The survey years that this load builds anew."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="survey_year",
        tags=["survey_year"],
    )
    rebuilt = dbt.ref("int_rebuilt_years")  # noqa: F841 - named in the queries below
    cells = dbt.ref("int_response_weight_cells")  # noqa: F841
    patterns = dbt.ref("int_case_mix_patterns")  # noqa: F841
    # In order, because sums of fractions depend on it in their last digits.
    summed = session.query(
        "select survey_year, age_group, sex, tumour_group, imd_quintile, "
        r"sum(columns('^([nps]_q[0-9]+)$')) as '\1' from patterns semi join rebuilt using (survey_year) group by all "
        "order by all"
    )
    counts = session.query("select cells.* from cells semi join rebuilt using (survey_year) order by all")
    ((data_origin,),) = dbt.ref("int_load").select("data_origin").fetchall()
    return weigh_scores(to_frame(counts), to_frame(summed), to_frame(dbt.ref("questions")), data_origin)
