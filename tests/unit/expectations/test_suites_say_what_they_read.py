"""`reads` and `scope` of every check are what its SQL says; a load relies on these fields and never on the text."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from expectations.loader import LANDED, Check, Need, Preparation, load_suites

SUITES = load_suites()
CHECKS = [check for suite in SUITES for check in suite.checks]
PREPARED = {made.name: made for suite in SUITES for made in suite.preparations}
NEEDS = {need.name: need for check in CHECKS for need in check.needs}
_PARAMETER = re.compile(r"\$[a-z_]+")


def tables_of(*statements: str) -> set[str]:
    """Tables that the statements read, with their schema where they name it; common table expressions are none."""
    found = set()
    for statement in filter(None, statements):
        tree = sqlglot.parse_one(_PARAMETER.sub("0", statement), dialect="duckdb")
        own = {expression.alias for expression in tree.find_all(exp.CTE)}
        tables = [table for table in tree.find_all(exp.Table) if table.db or table.name not in own]
        found |= {f"{table.db}.{table.name}" if table.db else table.name for table in tables}
    return found


def is_of_a_return(reads: tuple[str, ...], *statements: str) -> bool:
    """Whether SQL names the survey year, or reads the landed return or a prepared table that does."""
    if any("$survey_year" in statement for statement in statements) or not set(reads).isdisjoint(LANDED):
        return True
    return any(is_of_a_return(PREPARED[name].reads, PREPARED[name].sql) for name in reads if name in PREPARED)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_reads_what_it_says_and_is_of_its_scope(check: Check) -> None:
    assert sorted(check.reads) == sorted(tables_of(check.measure, check.population))
    is_return = is_of_a_return(check.reads, check.measure, check.population)
    assert check.scope == ("return" if is_return else "release")


@pytest.mark.parametrize("part", [*PREPARED.values(), *NEEDS.values()], ids=lambda part: part.name)
def test_a_prepared_table_and_a_need_read_what_they_say(part: Preparation | Need) -> None:
    assert sorted(part.reads) == sorted(tables_of(part.sql))


def test_every_prepared_table_is_read() -> None:
    read = {name for part in [*CHECKS, *PREPARED.values()] for name in part.reads}
    assert set(PREPARED) <= read


def test_tables_are_found_wherever_they_stand() -> None:
    statement = "with a as (select * from marts.x) select (select max(n) from b) from a join (describe select * from c)"
    assert tables_of(statement) == {"marts.x", "b", "c"}
    assert is_of_a_return(("marts.x",), "select $survey_year")
    assert is_of_a_return(("receipt_measures",), "select 1")
    assert not is_of_a_return(("marts.x",), "select $release_year")
