"""The corrections that a release rests on, for the gate: what receipts say was applied, and what the registry asks for.

Belongs here: bringing the two together. Does not belong here: applying a correction (intake) or judging one (gate).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.registry import Registry


def corrections_of_release(registry: Registry, receipts: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Corrections of the survey years of `receipts` (parsed JSON by year), each with the rows that it changed.

    A registered correction that no receipt lists has zero rows: its year was landed before it was raised. One that was
    applied and has left the registry since is still in the landed tables, with the expiry that its receipt holds;
    else the registry's row says when a correction expires.
    """
    found = []
    for year, receipt in sorted(receipts.items()):
        applied = {str(item["correction_id"]): item for item in receipt.get("corrections", ())}
        registered = {row.correction_id: row for row in registry.corrections_of(year)}
        for name in sorted({*applied, *registered}):
            row = registered.get(name)
            found.append(
                {
                    "correction_id": name,
                    "survey_year": year,
                    "rows": applied[name]["rows"] if name in applied else 0,
                    "expires_on": row.expires_on.isoformat() if row else applied[name]["expires_on"],
                    "reason": row.reason if row else "no longer registered, but applied when the year was landed",
                    "owner": row.owner if row else "",
                }
            )
    return found
