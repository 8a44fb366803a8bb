"""Writes CATALOGUE.md: every check in words, from the suites themselves, so that the page is never out of date.

Run `python -m expectations.catalogue` after changing a suite; a test compares the file with the suites.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expectations.loader import Check, Suite, load_suites
from expectations.results import SEVERITIES

CATALOGUE = Path(__file__).parent / "CATALOGUE.md"

COLUMNS = "| check | rule | severity | scope | affects | needs |"


def render_catalogue(suites: Sequence[Suite]) -> str:
    """The catalogue as Markdown, a table for each suite."""
    checks = [check for suite in suites for check in suite.checks]
    needs = {need.name: need.unmet for check in checks for need in check.needs}
    severities = [f"{sum(c.severity == severity for c in checks)} {severity}" for severity in SEVERITIES]
    lines = [
        "# Catalogue of checks",
        "",
        "Generated from `suites/` by `python -m expectations.catalogue`; do not edit.",
        f"{len(checks)} checks: {', '.join(severities)}. A check marked \N{MULTIPLICATION SIGN} cannot be waived. Its "
        "scope is the *return* of each survey year that a load answers for, or the *release*.",
        "",
    ]
    for suite in suites:
        lines += [f"## {suite.name}", "", suite.description, "", COLUMNS]
        lines += ["|---|---|---|---|---|---|", *(_row(check) for check in suite.checks), ""]
    lines += ["## What a check may need", ""]
    lines += [f"- `{name}`: not applicable where {unmet}." for name, unmet in sorted(needs.items())]
    return "\n".join(lines) + "\n"


def _row(check: Check) -> str:
    cells = (
        f"`{check.id}`",
        f"{check.title}. *{check.expected[0].upper()}{check.expected[1:]}.* {check.why}",
        check.severity if check.is_waivable else f"{check.severity} \N{MULTIPLICATION SIGN}",
        check.scope,
        ", ".join(check.affects),
        ", ".join(need.name for need in check.needs),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    CATALOGUE.write_text(render_catalogue(load_suites()), encoding="utf-8")
