"""What holds of every folder: a README of a screenful, few files on one floor, links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.arrows import ROOT
from tests.contract.test_source_files import FILES

MAX_FILES = 15
# What one screen of an editor shows. The README of the project is longer: it is the front door.
SCREENFUL = 60
PACKAGES = sorted(
    {path.parent for top in ("orchestration", "expectations") for path in (ROOT / top).rglob("*.py")}
    | {ROOT / "tests", ROOT / "dbt_project/seeds"}
    | {path for path in (ROOT / "dbt_project/models").iterdir() if path.is_dir()}
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dead_links(document: str, text: str) -> list[str]:
    """Links of a document to files of the repository that are not there."""
    return [link for link in LINK.findall(text) if not (ROOT / document).parent.joinpath(link).exists()]


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_package_has_a_readme_of_a_screenful(package: Path) -> None:
    assert FILES[f"{name_of(package)}/README.md"].count("\n") <= SCREENFUL


def test_no_floor_is_crowded() -> None:
    folders = {path.parent for top in ("orchestration", "expectations", "tests") for path in (ROOT / top).rglob("*.py")}
    modules = {name_of(folder): len([*folder.glob("*.py")]) - (folder / "__init__.py").is_file() for folder in folders}
    assert {name: n for name, n in modules.items() if n > MAX_FILES} == {}


def test_links_lead_somewhere() -> None:
    documents = {name: text for name, text in FILES.items() if name.endswith(".md")}
    assert {name: dead for name, text in documents.items() if (dead := dead_links(name, text))} == {}


def test_a_dead_link_is_seen() -> None:
    assert dead_links("README.md", "[a](gone.md) [b](tests/README.md#rules) [c](https://example.org)") == ["gone.md"]
