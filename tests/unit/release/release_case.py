"""A candidate that would be published, in a home that the command line and Dagster find, for tests that damage it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from release_example import CHECKS, make_candidate

from orchestration.cli import main
from orchestration.records import sha256_of_file
from orchestration.registry import Registry
from orchestration.release.records.manifest import Manifest
from orchestration.settings import Settings
from tests.decisions import waiver_of

NOW = datetime.now(UTC)
WAIVER = {
    **{"check_id": "marts_rule", "survey_year": 2018, "reason": "known", "owner": "o"},
    **{"raised_on": "2019-01-01", "expires_on": "2999-12-31"},
}
FAILED = [record | ({"status": "fail"} if record["check_id"] == "marts_rule" else {}) for record in CHECKS]
NOT_EVALUATED = [record | ({"status": "error"} if record["check_id"] == "marts_rule" else {}) for record in CHECKS]


@dataclass
class Case:
    """A candidate in its home; what a case needs to damage it."""

    settings: Settings
    folder: Path
    manifest: Manifest
    registry: Registry

    def candidate(self, **changes: Any) -> None:
        self.folder, self.manifest = make_candidate(self.settings, **changes)

    def edit(self, name: str, **changes: Any) -> None:
        path = self.folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")

    def append(self, name: str, text: str = " ") -> None:
        with (self.folder / name).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def fit(self, **changes: Any) -> None:
        """A manifest that was made to fit what is in the folder now."""
        files = tuple(
            file.model_copy(update={"sha256": sha256_of_file(self.folder / file.path)})
            for file in self.manifest.files
            if (self.folder / file.path).is_file()
        )
        decision = self.manifest.decision.model_copy(
            update={
                "verdict": json.loads((self.folder / "decision.json").read_text())["verdict"],
                "sha256": sha256_of_file(self.folder / "decision.json"),
            }
        )
        own = {"files": files, "decision": decision, "checks": sha256_of_file(self.folder / "checks.json")}
        self.manifest.model_copy(update=own | changes).write(self.folder / "manifest.json")

    def waivers(self, *rows: dict[str, Any]) -> None:
        self.registry = replace(self.registry, waivers=tuple(waiver_of(row) for row in rows))

    def year(self, **facts: Any) -> None:
        years = [replace(y, **facts) if y.survey_year == 2018 else y for y in self.registry.survey_years]
        self.registry = replace(self.registry, survey_years=tuple(years))


def run_command(monkeypatch: Any, capsys: Any, *arguments: str) -> tuple[int, str]:
    """Exit code and words of a command of `ncpes`, run as the shell runs it."""
    monkeypatch.setattr(sys, "argv", ["ncpes", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    output = capsys.readouterr()
    return int(stop.value.code or 0), f"{output.out} {output.err}"
