"""run.json: when, where and how long a load ran, by which code. It stands beside the manifest and enters no hash."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from orchestration.load.session import LoadSession

RUN_FILE = "run.json"


def write_run_record(session: LoadSession) -> None:
    """Writes run.json into the candidate's folder."""
    reasons = session.plan.reasons if session.plan else {}
    record = {
        "load_id": session.load_id,
        "survey_year": session.survey_year,
        "survey_years_taken_in": list(session.survey_years),
        "started_at": session.started_at.isoformat(timespec="seconds"),
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "python": platform.python_version(),
        "code_commit": code_commit(session.settings.project_root),
        "rebuilt_years": {str(year): reason for year, reason in sorted(reasons.items())},
        "seconds": session.seconds,
        "seconds_of_checks": {result.check_id: result.seconds for result in session.results or ()},
    }
    path = session.candidate_folder / RUN_FILE
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def code_commit(project_root: Path) -> str:
    """The commit of the code, with `+changes` where the tree differs from it; empty outside a checkout."""
    try:
        commit = _git(project_root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(project_root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(project_root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=project_root, capture_output=True, text=True, check=True)
    return done.stdout.strip()
