"""What a year's fingerprint is made of, and what the profile of dbt is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.plan import CODE_OF_A_YEAR, code_digest
from tests.contract.arrows import arrows_of, modules


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
        *("orchestration/statistics/rounding.py", "dbt_project/models/marts/respondents/fct_ratings.sql"),
    ],
)
def test_whatever_changes_numbers_is_in_the_fingerprint(project: Path, name: str) -> None:
    before, content = code_digest(project), (project / name).read_bytes()
    (project / name).write_bytes(content + b"\n")
    assert code_digest(project) != before
    (project / name).write_bytes(content)
    assert code_digest(project) == before


@pytest.mark.parametrize(
    "name",
    [
        *("orchestration/statistics/change/trends.py", "orchestration/model_tables/change.py"),
        *("dbt_project/models/marts/over_time/fct_trends.py", "dbt_project/models/publication/README.md"),
    ],
)
def test_what_is_built_in_every_load_is_not(project: Path, name: str) -> None:
    before, content = code_digest(project), (project / name).read_bytes()
    (project / name).write_bytes(content + b"\n")
    assert code_digest(project) == before
    (project / name).write_bytes(content)


def reached(start: Iterable[str], paths: Mapping[str, Path]) -> set[str]:
    """The modules of the program that some modules import, and what these import."""
    found, waiting = set(), list(start)
    while waiting:
        name = waiting.pop()
        found.add(name)
        for arrow in arrows_of(name, paths[name].read_text(encoding="utf-8")):
            target = arrow.target if arrow.target in paths else arrow.target.rpartition(".")[0]
            waiting += [target] if target in paths and target not in found else []
    return found


def test_the_fingerprint_holds_the_code_that_models_of_a_year_reach_and_no_more() -> None:
    paths = dict(modules())
    places = [PROJECT_ROOT / place for place in CODE_OF_A_YEAR]

    def is_held(name: str) -> bool:
        return any(paths[name].is_relative_to(place) for place in places)

    models = {name for name in paths if name.startswith("dbt_project.models.") and is_held(name)}
    assert len(models) > 10
    # The base of all errors: it has nothing to compute.
    needed = reached(models, paths) - {"orchestration.errors"}
    packages = {name for name in paths if paths[name].name == "__init__.py"}
    assert {name for name in needed if not is_held(name)} == set()
    assert {name for name in paths if is_held(name)} - packages == needed - packages


def test_a_missing_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install the program again"):
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
