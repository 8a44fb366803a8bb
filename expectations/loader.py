"""Reads the check suites (`suites/<layer>/*.yaml`) and refuses whatever a reviewer could not rely on.

Belongs here: the form of a suite file and its strict reading. Does not belong here: running a check (`runner`) or
judging its result (`gate`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from expectations.results import LAYERS, SEVERITIES, Layer, Severity

DATA_ORIGINS = ("actual", "synthetic", "reconstructed")
SUITES = Path(__file__).parent / "suites"

# The safe loader in C where libyaml is there: ten times as fast, the same result.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ID = re.compile(r"^[a-z][a-z0-9_]{5,79}$")
_FILE_KEYS = {"layer", "description", "next_step", "prepare", "checks"}
_CHECK_KEYS = {
    "id", "title", "why", "severity", "affects", "since", "origins", "needs", "parameters", "population", "measure",
    "expected", "expectation", "next_step", "is_waivable",
}  # fmt: skip
_REQUIRED_TEXT = ("id", "title", "why", "severity", "measure", "expected")
_PREPARE_KEYS = {"name", "sql"}
# Each judges row by row: a batch of several measures, and the rows that offend, mean nothing under any other. Arguments
# that let some rows pass (`mostly`) or leave rows out (`row_condition`) are none of these.
EXPECTATIONS = {
    "expect_column_values_to_be_between": {"column", "min_value", "max_value"},
    "expect_column_pair_values_to_be_equal": {"column_A", "column_B"},
    "expect_column_pair_values_a_to_be_greater_than_b": {"column_A", "column_B", "or_equal"},
}
MEASURE_COLUMNS = ("observed", "expected", "limit_lower", "limit_upper", "n_affected", "denominator")


class SuiteError(ValueError):
    """A suite file that cannot be relied upon; the message names file, check and what to change."""


@dataclass(frozen=True)
class Preparation:
    """A temporary table made once and read by several checks of a layer."""

    name: str
    sql: str


@dataclass(frozen=True)
class Check:
    """One check as written. `measure` gives the frame, `expectation` is what Great Expectations applies to it.

    The frame holds `observed`, where useful `expected`, `limit_lower`, `limit_upper`, `n_affected` and
    `denominator`; every other column is a key of the group. Without `population` (a count) an empty frame means
    that the check had nothing to judge, which is an error; with it an empty frame means that none of that many
    cells offends.
    """

    id: str
    layer: Layer
    title: str
    why: str
    severity: Severity
    affects: tuple[str, ...]
    measure: str
    expected: str
    expectation_type: str
    expectation_kwargs: Mapping[str, Any]
    since: int = 0
    origins: tuple[str, ...] = DATA_ORIGINS
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    population: str = ""
    next_step: str = ""
    is_waivable: bool = True


@dataclass(frozen=True)
class Suite:
    """One file of checks of one layer."""

    name: str
    layer: Layer
    description: str
    checks: tuple[Check, ...]
    preparations: tuple[Preparation, ...] = ()


def load_suites(folder: Path = SUITES, known_needs: Iterable[str] | None = None) -> list[Suite]:
    """Every suite under `folder`, in order of layer and file name.

    Raises SuiteError on an unknown or missing key, an empty text, a duplicate id, an unknown layer, severity, origin or
    need, or a folder without checks.
    """
    suites = [
        read_suite(path, layer, known_needs) for layer in LAYERS for path in sorted((folder / layer).glob("*.yaml"))
    ]
    seen: dict[str, str] = {}
    for suite in suites:
        for check in suite.checks:
            if check.id in seen:
                raise SuiteError(f"check {check.id} stands in {seen[check.id]} and in {suite.name}: rename one of them")
            seen[check.id] = suite.name
    if not seen:
        raise SuiteError(f"no check found under {folder}: a load without checks cannot be judged")
    return suites


def suites_digest(folder: Path = SUITES) -> str:
    """SHA-256 over the names and bytes of every suite file: which rules a decision was reached by."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_suite(path: Path, layer: Layer, known_needs: Iterable[str] | None = None) -> Suite:
    """One suite file, strictly read. Raises SuiteError."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)
    where = f"{layer}/{path.name}"
    if not isinstance(content, dict):
        raise SuiteError(f"{where}: a suite is a mapping with the keys {', '.join(sorted(_FILE_KEYS))}")
    _refuse_unknown(where, content, _FILE_KEYS)
    if content.get("layer") != layer:
        raise SuiteError(f"{where}: layer says {content.get('layer')!r} but the file lies in {layer}/")
    if not content.get("checks"):
        raise SuiteError(f"{where}: no checks")
    advice = str(content.get("next_step") or "")
    checks = tuple(_read_check(where, layer, raw, advice, known_needs) for raw in content["checks"])
    preparations = tuple(_read_preparation(where, raw) for raw in content.get("prepare") or ())
    description = _text(where, content, "description")
    return Suite(f"{layer}/{path.stem}", layer, description, checks, preparations)


def _read_preparation(where: str, raw: Mapping[str, Any]) -> Preparation:
    _refuse_unknown(f"{where} prepare", raw, _PREPARE_KEYS)
    return Preparation(_text(where, raw, "name"), _text(where, raw, "sql"))


def _read_check(
    where: str, layer: Layer, raw: Mapping[str, Any], advice: str, known_needs: Iterable[str] | None
) -> Check:
    here = f"{where}: check {raw.get('id') or '(without id)'}"
    _refuse_unknown(here, raw, _CHECK_KEYS)
    text = {key: _text(here, raw, key) for key in _REQUIRED_TEXT}
    if not _ID.match(text["id"]):
        raise SuiteError(f"{here}: an id is 6 to 80 lower-case letters, digits and underscores")
    _refuse_other(here, "severity", [text["severity"]], SEVERITIES)
    origins = tuple(raw.get("origins") or DATA_ORIGINS)
    _refuse_other(here, "origins", origins, DATA_ORIGINS)
    needs = tuple(raw.get("needs") or ())
    if known_needs is not None:
        _refuse_other(here, "needs", needs, tuple(known_needs))
    if not raw.get("affects"):
        raise SuiteError(f"{here}: affects is empty; name the publication tables a failure spoils, or [all]")
    expectation_type, kwargs = _read_expectation(here, raw.get("expectation"))
    return Check(
        id=text["id"],
        layer=layer,
        title=text["title"],
        why=text["why"],
        severity=cast("Severity", text["severity"]),
        affects=tuple(raw["affects"]),
        measure=text["measure"],
        expected=text["expected"],
        expectation_type=expectation_type,
        expectation_kwargs=kwargs,
        since=int(raw.get("since") or 0),
        origins=origins,
        needs=needs,
        parameters=dict(raw.get("parameters") or {}),
        population=str(raw.get("population") or ""),
        next_step=str(raw.get("next_step") or advice),
        is_waivable=bool(raw.get("is_waivable", True)),
    )


def _read_expectation(here: str, raw: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(raw, dict) or set(raw) != {"type", "kwargs"} or not isinstance(raw["kwargs"], dict):
        raise SuiteError(f"{here}: expectation needs exactly type and kwargs")
    if not str(raw["type"]).startswith("expect_"):
        raise SuiteError(f"{here}: {raw['type']!r} is not the name of an expectation")
    kind, kwargs = str(raw["type"]), dict(raw["kwargs"])
    _refuse_other(here, "expectation", [kind], EXPECTATIONS)
    _refuse_other(here, f"argument of {kind}", kwargs, EXPECTATIONS[kind])
    columns = [value for key, value in raw["kwargs"].items() if key in ("column", "column_A", "column_B")]
    _refuse_other(here, "expectation column", columns, MEASURE_COLUMNS)
    if kwargs.get("max_value") == 0:
        # Such a measure counts offenders: less than none is a fault of the measure, not a pass.
        kwargs.setdefault("min_value", 0)
    return kind, kwargs


def _text(here: str, raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SuiteError(f"{here}: {key} is missing or empty")
    return value.strip()


def _refuse_unknown(here: str, raw: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(raw) - known):
        raise SuiteError(f"{here}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _refuse_other(here: str, what: str, values: Iterable[str], known: Iterable[str]) -> None:
    if other := sorted(set(values) - set(known)):
        raise SuiteError(f"{here}: {what} {', '.join(other)} is not one of {', '.join(known)}")
