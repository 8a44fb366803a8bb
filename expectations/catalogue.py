"""Writes CATALOGUE.md: every check in words, from the suites themselves, so that the page cannot go stale.

Run `python -m expectations.catalogue` after changing a suite; a test compares the file with the suites.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expectations.loader import Check, Suite, load_suites
from expectations.needs import NEEDS

CATALOGUE = Path(__file__).parent / "CATALOGUE.md"


def render_catalogue(suites: Sequence[Suite]) -> str:
    """The catalogue as Markdown, a table a suite."""
    checks = [check for suite in suites for check in suite.checks]
    counted = ", ".join(
        f"{sum(check.severity == severity for check in checks)} {severity}"
        for severity in ("critical", "warning", "info")
    )
    lines = [
        "# Catalogue of checks",
        "",
        "Generated from `suites/` by `python -m expectations.catalogue`; do not edit.",
        f"{len(checks)} checks: {counted}. A check marked \N{MULTIPLICATION SIGN} cannot be waived.",
        "",
    ]
    for suite in suites:
        lines += [f"## {suite.name}", "", suite.description, "", "| check | rule | severity | spoils | needs |"]
        lines += ["|---|---|---|---|---|", *(_row(check) for check in suite.checks), ""]
    lines += ["## What a check may need", ""]
    lines += [f"- `{name}`: not applicable where {need.unmet}." for name, need in sorted(NEEDS.items())]
    return "\n".join(lines) + "\n"


def _row(check: Check) -> str:
    severity = check.severity if check.is_waivable else f"{check.severity} \N{MULTIPLICATION SIGN}"
    cells = (
        f"`{check.id}`",
        f"{check.title}. *{check.expected[0].upper()}{check.expected[1:]}.* {check.why}",
        severity,
        ", ".join(check.affects),
        ", ".join(check.needs),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    CATALOGUE.write_text(render_catalogue(load_suites(known_needs=NEEDS)), encoding="utf-8")
