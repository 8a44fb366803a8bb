"""What a year's fingerprint is made of, and what the profile of dbt is told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.plan import code_digest


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources that numbers come from."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("dbt_project", "orchestration"):
        shutil.copytree(PROJECT_ROOT / folder, root / folder, ignore=shutil.ignore_patterns("target", "__pycache__"))
    shutil.copyfile(PROJECT_ROOT / "requirements.lock", root / "requirements.lock")
    return root


@pytest.mark.parametrize(
    "name",
    [
        *("requirements.lock", "orchestration/registry/parse.py", "dbt_project/dbt_project.yml"),
        *("orchestration/statistics/rounding.py", "dbt_project/models/marts/fct_ratings.sql"),
    ],
)
def test_whatever_changes_numbers_is_in_the_fingerprint(project: Path, name: str) -> None:
    before, content = code_digest(project), (project / name).read_bytes()
    (project / name).write_bytes(content + b"\n")
    assert code_digest(project) != before
    (project / name).write_bytes(content)
    assert code_digest(project) == before


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        code_digest(tmp_path)


def test_dbt_works_within_the_threads_and_memory_of_the_settings(tmp_path: Path) -> None:
    import yaml
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    from orchestration.warehouse.dbt_project import DbtProject

    settings = Settings(home=tmp_path, data_origin="synthetic", duckdb_threads=3, duckdb_memory_limit="777MB")
    profile = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    with DbtProject(settings)._opened(tmp_path / "warehouse.duckdb"):
        set_invocation_context(os.environ)
        output = ProfileRenderer({}).render_data(profile)["ncpes"]["outputs"]["load"]
    assert output["settings"]["memory_limit"] == "777MB"
    assert (output["threads"], output["path"]) == (3, (tmp_path / "warehouse.duckdb").as_posix())
