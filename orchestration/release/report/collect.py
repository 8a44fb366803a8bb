"""Reads what the quality report shows from the warehouse of a load, its receipts, results and decision.

Belongs here: small queries, one a section. Does not belong here: words and order on the page (`render`), and any figure
that the warehouse does not hold already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expectations.gate import Decision
from expectations.loader import suites_digest
from expectations.results import CheckResult
from orchestration.release.report.claims import read_claims
from orchestration.release.report.inputs import (
    Delivery,
    Difference,
    FileBalance,
    MethodDiagnostic,
    Missingness,
    Movement,
    NotCompared,
    Reconciliation,
    ReportInputs,
    ResponseRate,
    Suppression,
)

if TYPE_CHECKING:
    import duckdb

RECONCILING_CHECK = "marts_national_scores_are_the_published_ones"
_SUPPRESSED_TABLES = ("pub_question_scores", "pub_adjusted_scores", "pub_year_on_year", "pub_response_rates")


def collect_report_inputs(
    connection: duckdb.DuckDBPyConnection,
    *,
    release_year: int,
    decision: Decision,
    results: Sequence[CheckResult],
    receipts: Mapping[int, Mapping[str, Any]],
    required_signatures: Sequence[str] = (),
    differences: Sequence[Difference] = (),
    previous_version: str = "",
    versions: Mapping[str, str] | None = None,
    lock_sha256: str = "",
) -> ReportInputs:
    """Everything the report shows of a candidate.

    `connection` is that of the load's warehouse, after its checks have run on it (their prepared tables are read).
    `receipts` are the delivery receipts as parsed JSON by survey year, that of the release year among them.
    `differences` from version `previous_version` come largest first.
    """
    read = _Reader(connection, release_year)
    for table in _PREPARED:
        # A check suite prepares these; where it broke the section is empty and the broken check says why.
        connection.execute(f"create temp table if not exists {table}")
    receipt = receipts.get(release_year, {})
    return ReportInputs(
        release_year=release_year,
        survey_year=release_year,
        data_origin=decision.data_origin,
        as_of=decision.as_of,
        content_digest=decision.content_digest,
        decision=decision.to_dict(),
        results=tuple(results),
        required_signatures=tuple(required_signatures),
        claims=read_claims(read.rows(_CLAIMS)),
        files=tuple(_file_balance(entry) for entry in receipt.get("files", ())),
        response_rates=tuple(ResponseRate(**row) for row in read.rows(_RESPONSE_RATES)),
        movements=tuple(Movement(**row) for row in read.rows(_MOVEMENTS)),
        reconciliation=tuple(Reconciliation(**row) for row in read.rows(_RECONCILIATION))
        if _reconciles(results)
        else (),
        missingness=tuple(Missingness(**row) for row in read.rows(_MISSINGNESS)),
        suppression=tuple(row for table in _SUPPRESSED_TABLES for row in _suppression(read, table)),
        not_compared=tuple(NotCompared(**row) for row in read.rows(_NOT_COMPARED)),
        diagnostics=tuple(MethodDiagnostic(**row) for row in read.rows(_DIAGNOSTICS)),
        deliveries=tuple(_delivery(year, receipts[year]) for year in sorted(receipts)),
        schema_drift=tuple((row["question"], row["note"]) for row in read.rows(_SCHEMA_DRIFT)),
        differences=tuple(differences),
        n_differences=len(differences),
        previous_version=previous_version,
        corrections=tuple(receipt.get("corrections", ())),
        assumptions=tuple(row["note"] for row in read.rows(_ASSUMPTIONS)),
        versions=versions,
        lock_sha256=lock_sha256,
        suites_sha256=suites_digest(),
    )


def _reconciles(results: Sequence[CheckResult]) -> bool:
    """Whether published figures apply to this return: the check against them knows."""
    return any(r.check_id == RECONCILING_CHECK and r.status != "not_applicable" for r in results)


class _Reader:
    """Rows of a query as dictionaries, with the release year as its one parameter."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, release_year: int) -> None:
        self._connection = connection
        self._release_year = release_year

    def rows(self, sql: str) -> list[dict[str, Any]]:
        parameters = {"release_year": self._release_year} if "$release_year" in sql else {}
        cursor = self._connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _file_balance(entry: Mapping[str, Any]) -> FileBalance:
    reasons = {**entry.get("exclusions", {}), **entry.get("quarantine", {})}
    return FileBalance(
        file=str(entry["name"]),
        kind=str(entry["kind"]),
        sha256=str(entry["sha256"]),
        n_received=int(entry["rows_received"]),
        n_accepted=int(entry["rows_accepted"]),
        n_folded=int(entry["rows_folded"]),
        n_quarantined=int(entry["rows_quarantined"]),
        n_excluded=int(entry["rows_excluded"]),
        reasons=tuple(sorted((str(reason), int(count)) for reason, count in reasons.items())),
    )


def _delivery(survey_year: int, receipt: Mapping[str, Any]) -> Delivery:
    return Delivery(
        survey_year=survey_year,
        delivery=str(receipt["delivery"]),
        data_origin=str(receipt["data_origin"]),
        n_sampled=int(receipt["n_sampled"]),
        n_respondents=int(receipt["n_respondents"]),
    )


def _suppression(read: _Reader, table: str) -> list[Suppression]:
    group_kind = "group_kind" if table in ("pub_question_scores", "pub_response_rates") else "'all'"
    year = "survey_year_to" if table == "pub_year_on_year" else "survey_year"
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in read.rows(
        f"""
        select level, {group_kind} as group_kind, status, count(*) as n_rows
        from publication.{table}
        where {year} = $release_year
        group by all
        order by all
        """
    ):
        counts.setdefault((row["level"], row["group_kind"]), {})[row["status"]] = row["n_rows"]
    return [
        Suppression(table, level, group_kind, sum(by_status.values()), by_status)
        for (level, group_kind), by_status in counts.items()
    ]


_PREPARED = (
    "national_movements (question_id varchar, limit_upper double)",
    "item_non_response (question_id varchar, missing_share double, previous_missing_share double)",
)

_CLAIMS = """
    select claims.*
    from marts.fct_headline_claims as claims
    left join registry.headline_claims as registered
        on claims.claim_id = registered.claim_id and claims.release_year = registered.release_year
    where claims.release_year = $release_year
    order by
        case claims.claim_kind when 'more_patients' then 1 when 'mean_rating' then 2 else 3 end,
        registered.published_value desc nulls last, claims.claim_id, claims.is_published_method desc, claims.method
"""

_RESPONSE_RATES = """
    select
        rates.level,
        case when rates.group_kind = 'all' then rates.organisation_code else rates.group_code end as code,
        case
            when rates.group_kind = 'all' then coalesce(organisations.organisation_name, rates.organisation_code)
            else groups.group_label
        end as label,
        rates.n_mailed_eligible as n_eligible,
        rates.n_responded,
        rates.response_rate as rate,
        earlier.response_rate as previous_rate
    from marts.fct_response_rates as rates
    left join marts.fct_response_rates as earlier
        on
            earlier.survey_year = rates.survey_year - 1
            and rates.level = earlier.level
            and rates.organisation_code = earlier.organisation_code
            and rates.group_kind = earlier.group_kind
            and rates.group_code = earlier.group_code
    left join marts.dim_organisation as organisations
        on
            rates.survey_year = organisations.survey_year
            and rates.level = organisations.level
            and rates.organisation_code = organisations.organisation_code
    left join marts.dim_patient_group as groups
        on rates.group_kind = groups.group_kind and rates.group_code = groups.group_code
    where
        rates.survey_year = $release_year
        and rates.response_rate is not null
        and (rates.level = 'national' or (rates.level = 'trust' and rates.group_kind = 'all'))
    order by rates.level, rates.group_kind <> 'all', rates.group_kind, groups.display_order, rates.organisation_code
"""

_MOVEMENTS = """
    select
        changes.question_id,
        questions.question_number,
        questions.question_text as label,
        changes.question_kind = 'rating' as is_rating,
        changes.score_from,
        changes.score_to,
        changes.difference,
        limits.limit_upper as limit,
        case when changes.status = 'published' then '' else coalesce(changes.reason, changes.status) end as break_reason
    from marts.fct_year_on_year as changes
    inner join registry.questions as questions
        on changes.survey_year_to = questions.survey_year and changes.question_id = questions.question_id
    left join national_movements as limits on changes.question_id = limits.question_id
    where
        changes.release_year = $release_year
        and changes.level = 'national'
        and changes.survey_year_from = $release_year - 1
        and changes.status <> 'not_loaded'
    order by
        abs(changes.difference) / coalesce(limits.limit_upper, 1) desc nulls last, questions.question_id
"""

_RECONCILIATION = """
    select
        published.survey_year,
        questions.question_number,
        published.base_kind,
        published.score as published,
        scores.score * case scores.question_kind when 'rating' then 1 else 100 end as ours,
        published.decimals
    from registry.published_scores as published
    inner join registry.questions as questions
        on published.survey_year = questions.survey_year and published.question_id = questions.question_id
    inner join marts.fct_question_scores as scores
        on
            published.survey_year = scores.survey_year
            and published.question_id = scores.question_id
            and published.base_kind = scores.base_kind
            and scores.level = 'national'
            and scores.group_kind = 'all'
    where published.survey_year <= $release_year and published.score is not null and scores.score is not null
    order by published.survey_year desc, published.question_id, published.base_kind
"""

_MISSINGNESS = """
    select
        questions.question_number,
        questions.question_text as label,
        shares.missing_share as share,
        shares.previous_missing_share as previous_share
    from item_non_response as shares
    inner join registry.questions as questions
        on questions.survey_year = $release_year and shares.question_id = questions.question_id
    order by shares.missing_share desc, shares.question_id
"""

_NOT_COMPARED = """
    select
        concat(changes.survey_year_from, ' to ', changes.survey_year_to, ', ', changes.level) as what,
        coalesce(changes.reason, changes.status) as reason,
        count(*) as n_rows
    from marts.fct_year_on_year as changes
    where changes.release_year = $release_year and changes.status <> 'published'
    group by changes.survey_year_from, changes.survey_year_to, changes.level, 2
    order by changes.survey_year_from desc, changes.level, 2
"""

_DIAGNOSTICS = """
    select
        level,
        cast(sum(n_organisations) as bigint) as n_cells,
        cast(sum(n_above) as bigint) as n_above,
        cast(sum(n_below) as bigint) as n_below,
        0.05 * sum(n_organisations) as n_expected_by_chance,
        count(*) filter (where tau2 = 0) as n_zero_tau2,
        count(*) as n_questions,
        sum(share_reliable * n_organisations) / sum(n_organisations) filter (where share_reliable is not null)
            as share_reliable,
        cast(sum(n_poor_overlap + n_all_positive + n_all_negative) as bigint) as n_flagged
    from marts.fct_case_mix_diagnostics
    where survey_year = $release_year
    group by level
    order by level
"""

_SCHEMA_DRIFT = """
    with this_year as (
        select * from registry.questions where survey_year = $release_year and question_kind in ('scored', 'rating')
    ),
    last_year as (
        select * from registry.questions where survey_year = $release_year - 1 and question_kind in ('scored', 'rating')
    )
    select
        coalesce(this_year.question_number, last_year.question_number) as question,
        case
            when last_year.concept_id is null then 'new this year'
            when this_year.concept_id is null
                then concat('no longer asked; results end with ', last_year.survey_year, ': ', last_year.question_text)
            when this_year.first_comparable_year > last_year.survey_year
                then concat('not comparable with earlier years: ', this_year.discontinuity_reason)
            else concat('moved from ', last_year.question_number)
        end as note
    from this_year
    full outer join last_year on this_year.concept_id = last_year.concept_id
    where
        exists (select 1 from last_year)
        and (
            last_year.concept_id is null
            or this_year.concept_id is null
            or this_year.first_comparable_year > last_year.survey_year
            or this_year.question_number <> last_year.question_number
        )
    order by question
"""

_ASSUMPTIONS = """
    select
        concat(
            count(*), ' answer options of ', $release_year,
            ' are recalled, not quoted from a questionnaire: check them before a load of actual returns.'
        ) as note
    from registry.response_options
    where survey_year = $release_year and source = 'recalled'
    having count(*) > 0
    union all
    select concat('Adjustment: ', policies.source)
    from registry.survey_years as years
    inner join registry.case_mix_policies as policies on years.case_mix_policy_id = policies.policy_id
    where years.survey_year = $release_year
    union all
    select concat('Suppression: ', policies.source)
    from registry.survey_years as years
    inner join registry.suppression_policies as policies on years.suppression_policy_id = policies.policy_id
    where years.survey_year = $release_year
"""
