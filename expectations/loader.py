"""Reads the check suites (`suites/<layer>/*.yaml`, `suites/needs.yaml`) strictly: a reviewer relies on every word.

Belongs here: the form of a suite file. Does not belong here: running a check (`runner`) or deciding on it (`gate`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from expectations.results import LAYERS, SEVERITIES, Layer, Severity

Scope = Literal["return", "release"]

DATA_ORIGINS = ("actual", "synthetic", "reconstructed")
SCOPES: tuple[Scope, ...] = get_args(Scope)
SUITES = Path(__file__).parent / "suites"
NEEDS_FILE = "needs.yaml"
# Names under which a check finds the landed return of its survey year.
LANDED = ("landing_sample", "landing_responses", "landing_organisations", "receipt_measures")

# The safe loader in C where libyaml is there: ten times as fast, the same result.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ID = re.compile(r"^[a-z][a-z0-9_]{5,79}$")
_TABLE = re.compile(r"^(registry|intermediate|marts|publication|information_schema)\.[a-z0-9_]+$")
_FILE_KEYS = {"layer", "description", "next_step", "prepare", "checks"}
_REQUIRED_TEXT = ("id", "title", "why", "severity", "scope", "measure", "expected")
_CHECK_KEYS = {
    *_REQUIRED_TEXT,
    *("affects", "reads", "since", "origins", "needs", "parameters", "population", "expectation", "next_step"),
    "is_waivable",
}
# Each evaluates row by row: the rows that offend mean nothing under any other. Arguments that let some rows pass
# (`mostly`) or leave rows out (`row_condition`) are none of these.
EXPECTATIONS = {
    "expect_column_values_to_be_between": {"column", "min_value", "max_value"},
    "expect_column_pair_values_to_be_equal": {"column_A", "column_B"},
    "expect_column_pair_values_a_to_be_greater_than_b": {"column_A", "column_B", "or_equal"},
}
COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
MEASURE_COLUMNS = ("observed", "expected", "limit_lower", "limit_upper", "n_affected", "denominator")


class SuiteError(ValueError):
    """A suite file that cannot be relied upon; the message names file, check and what to change."""


@dataclass(frozen=True)
class Need:
    """What a check may need before it can say anything: words for when it is not met, SQL that gives one boolean."""

    name: str
    unmet: str
    sql: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Preparation:
    """A temporary table that several checks read; it is made when the first of them is run."""

    name: str
    sql: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One check as written. `measure` gives a frame; `expectation` is what Great Expectations applies to it.

    The frame holds `observed`, where useful `expected`, `limit_lower`, `limit_upper`, `n_affected` and
    `denominator`; every other column is a key of the group. Without `population` (a count) an empty frame means
    that there was nothing to check, which is an error; with it an empty frame means that none of that many cells
    offends. `scope` says whether the check is about the return of a survey year, and run for each that the load
    answers for, or about the release. `reads` are the tables that its SQL reads, prepared tables included.
    """

    id: str
    layer: Layer
    title: str
    why: str
    severity: Severity
    affects: tuple[str, ...]
    scope: Scope
    reads: tuple[str, ...]
    measure: str
    expected: str
    expectation_type: str
    expectation_kwargs: Mapping[str, Any]
    since: int = 0
    origins: tuple[str, ...] = DATA_ORIGINS
    needs: tuple[Need, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    population: str = ""
    next_step: str = ""
    is_waivable: bool = True


@dataclass(frozen=True)
class Suite:
    """One file of checks of one layer. A check may read what any suite prepares."""

    name: str
    layer: Layer
    description: str
    checks: tuple[Check, ...]
    preparations: tuple[Preparation, ...] = ()


def load_suites(folder: Path = SUITES) -> list[Suite]:
    """Every suite under `folder`, in order of layer and file name.

    Raises SuiteError on an unknown or missing key, an empty text, a doubled id, an unknown layer, severity, scope,
    origin, need or table, preparations that read one another in a circle, or a folder without checks.
    """
    needs = _read_needs(folder / NEEDS_FILE)
    suites = [_read_suite(path, layer, needs) for layer in LAYERS for path in sorted((folder / layer).glob("*.yaml"))]
    _refuse_doubled("check", [(check.id, suite.name) for suite in suites for check in suite.checks])
    _refuse_doubled("prepared table", [(made.name, suite.name) for suite in suites for made in suite.preparations])
    if not suites:
        raise SuiteError(f"no check found under {folder}: a load without checks cannot be decided")
    _require_tables(suites, needs)
    return suites


def suites_digest(folder: Path = SUITES) -> str:
    """SHA-256 over the names and bytes of every suite file: which rules a decision was reached by."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _read_needs(path: Path) -> dict[str, Need]:
    if not path.is_file():
        return {}
    needs = {}
    for name, raw in _read_mapping(path, path.name).items():
        here = f"{path.name}: {name}"
        _refuse_unknown(here, raw, {"unmet", "sql", "reads"})
        needs[name] = Need(name, _text(here, raw, "unmet"), _text(here, raw, "sql"), _names(here, raw, "reads"))
    return needs


def _read_suite(path: Path, layer: Layer, needs: Mapping[str, Need]) -> Suite:
    where = f"{layer}/{path.name}"
    content = _read_mapping(path, where)
    _refuse_unknown(where, content, _FILE_KEYS)
    if content.get("layer") != layer:
        raise SuiteError(f"{where}: layer says {content.get('layer')!r} but the file lies in {layer}/")
    if not content.get("checks"):
        raise SuiteError(f"{where}: no checks")
    advice = str(content.get("next_step") or "")
    return Suite(
        name=f"{layer}/{path.stem}",
        layer=layer,
        description=_text(where, content, "description"),
        checks=tuple(_read_check(where, layer, raw, advice, needs) for raw in content["checks"]),
        preparations=tuple(_read_preparation(f"{where} prepare", raw) for raw in content.get("prepare") or ()),
    )


def _read_preparation(here: str, raw: Mapping[str, Any]) -> Preparation:
    _refuse_unknown(here, raw, {"name", "sql", "reads"})
    return Preparation(_text(here, raw, "name"), _text(here, raw, "sql"), _names(here, raw, "reads"))


def _read_check(where: str, layer: Layer, raw: Mapping[str, Any], advice: str, needs: Mapping[str, Need]) -> Check:
    here = f"{where}: check {raw.get('id') or '(without id)'}"
    _refuse_unknown(here, raw, _CHECK_KEYS)
    text = {key: _text(here, raw, key) for key in _REQUIRED_TEXT}
    if not _ID.match(text["id"]):
        raise SuiteError(f"{here}: an id is 6 to 80 lower-case letters, digits and underscores")
    _refuse_other(here, "severity", [text["severity"]], SEVERITIES)
    _refuse_other(here, "scope", [text["scope"]], SCOPES)
    origins = tuple(raw.get("origins") or DATA_ORIGINS)
    _refuse_other(here, "origins", origins, DATA_ORIGINS)
    _refuse_other(here, "needs", raw.get("needs") or (), needs)
    expectation_type, kwargs = _read_expectation(here, raw.get("expectation"))
    return Check(
        **cast("dict[str, Any]", text),
        layer=layer,
        affects=_names(here, raw, "affects"),
        reads=_names(here, raw, "reads"),
        expectation_type=expectation_type,
        expectation_kwargs=kwargs,
        since=int(raw.get("since") or 0),
        origins=origins,
        needs=tuple(needs[name] for name in raw.get("needs") or ()),
        parameters=dict(raw.get("parameters") or {}),
        population=str(raw.get("population") or ""),
        next_step=str(raw.get("next_step") or advice),
        is_waivable=bool(raw.get("is_waivable", True)),
    )


def _read_expectation(here: str, raw: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(raw, dict) or set(raw) != {"type", "kwargs"} or not isinstance(raw["kwargs"], dict):
        raise SuiteError(f"{here}: expectation needs exactly type and kwargs")
    kind, kwargs = str(raw["type"]), dict(raw["kwargs"])
    _refuse_other(here, "expectation", [kind], EXPECTATIONS)
    _refuse_other(here, f"argument of {kind}", kwargs, EXPECTATIONS[kind])
    columns = [value for key, value in kwargs.items() if key in COLUMN_ARGUMENTS]
    _refuse_other(here, "expectation column", columns, MEASURE_COLUMNS)
    if kwargs.get("max_value") == 0:
        # Such a measure counts offenders: less than none is a fault of the measure, not a pass.
        kwargs.setdefault("min_value", 0)
    return kind, kwargs


def _require_tables(suites: Sequence[Suite], needs: Mapping[str, Need]) -> None:
    """Every name under `reads` is a table of the warehouse, of the landed return, or prepared; no circle of them."""
    prepared = {made.name: made.reads for suite in suites for made in suite.preparations}
    known = {*LANDED, *prepared}
    readers = [(check.id, check.reads) for suite in suites for check in suite.checks]
    for name, reads in [*readers, *prepared.items(), *((need.name, need.reads) for need in needs.values())]:
        if unknown := sorted(table for table in reads if table not in known and not _TABLE.match(table)):
            raise SuiteError(f"{name} reads {', '.join(unknown)}: neither a table of the warehouse nor prepared")
    try:
        TopologicalSorter(prepared).prepare()
    except CycleError as error:
        raise SuiteError(f"prepared tables read one another in a circle: {' <- '.join(error.args[1])}") from error


def _read_mapping(path: Path, where: str) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)
    except yaml.YAMLError as error:
        raise SuiteError(f"{where}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise SuiteError(f"{where}: not a mapping with the keys {', '.join(sorted(_FILE_KEYS))}")
    return content


def _text(here: str, raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SuiteError(f"{here}: {key} is missing or empty")
    return value.strip()


def _names(here: str, raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    if not isinstance(value, list) or not value:
        raise SuiteError(f"{here}: {key} is missing or empty; it is a list of tables")
    return tuple(map(str, value))


def _refuse_unknown(here: str, raw: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(raw) - known):
        raise SuiteError(f"{here}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _refuse_other(here: str, what: str, values: Iterable[str], known: Iterable[str]) -> None:
    if other := sorted(set(values) - set(known)):
        raise SuiteError(f"{here}: {what} {', '.join(other)} is not one of {', '.join(known)}")


def _refuse_doubled(what: str, named: Sequence[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, suite in named:
        if name in seen:
            raise SuiteError(f"{what} {name} is in {seen[name]} and in {suite}: rename one of them")
        seen[name] = suite
