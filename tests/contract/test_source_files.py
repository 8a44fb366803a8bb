"""What holds of every file: length, words, docstrings, reasons; and of the lock file: hashes, and no host."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.arrows import ROOT, modules

FOLDERS = {"orchestration", "dbt_project", "expectations", "tests", ".ci"}
GENERATED = {"target", "logs", "dbt_packages", "__pycache__"}
BINARY = {".gz", ".parquet", ".png", ".xlsx", ".ods", ".sav", ".dta", ".duckdb", ".pyc"}
MAX_LINES = 350
# Tables of cases stand in tests, one line a case.
MAX_LINES_OF_TESTS = 400
# In pieces, because these words may not stand in this file either.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME")) + r")\b")
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        *(("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"), ("npmjs", "org"), ("crates", "io")),
        *(("getdbt", "com"), ("ghcr", "io"), ("docker", "io"), ("cran", "r-project", "org")),
    )
)


def text_files() -> Iterator[tuple[str, str]]:
    """Path from the root and text of every file of the repository that is text."""
    tops = [path for path in ROOT.iterdir() if path.is_file() or path.name in FOLDERS]
    for top in sorted(tops):
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix not in BINARY and not GENERATED & set(path.parts):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


FILES = dict(text_files())
PROGRAM = {name: text for name, text in FILES.items() if name.endswith((".py", ".sql"))}


def undocumented(text: str) -> list[str]:
    """Public modules, classes, functions and methods without a docstring; what is inside a function is its own."""
    tree = ast.parse(text)
    found = [] if ast.get_docstring(tree) else ["the module"]
    waiting: list[ast.Module | ast.ClassDef] = [tree]
    while waiting:
        for node in waiting.pop().body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            ):
                found += [] if ast.get_docstring(node) else [f"line {node.lineno}: {node.name}"]
                waiting += [node] if isinstance(node, ast.ClassDef) else []
    return found


def unexcused(text: str) -> list[str]:
    """Lines that catch everything or silence the type checker without saying why."""
    lines = enumerate(text.splitlines(), start=1)
    return [
        f"line {number}"
        for number, line in lines
        if re.match(r"\s*except (Base)?Exception\b(?!.*#)", line)
        or re.search(r"#\s*type: ignore(\[[\w, -]+\])?\s*$", line)
    ]


def faults_of_lock(text: str) -> list[str]:
    """Lines of a lock file that are neither a pinned requirement nor a hash, and requirements without a hash."""
    faults, hashes, entry = [], 0, ""
    for line in [*text.splitlines(), "end==0"]:
        if re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}( \\)?", line):
            hashes += 1
        elif re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s;]+( ;[^\\]*)?( \\)?$", line):
            faults += [] if hashes or not entry else [f"{entry} has no hash"]
            entry, hashes = line.partition("==")[0], 0
        elif line.strip() and not line.lstrip().startswith("#"):
            faults.append(line)
    return faults


def test_the_top_level_holds_nothing_else() -> None:
    ignored = {".git", "data", "build", "dist", ".venv"}
    folders = {
        path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.endswith((".egg-info", "_cache"))
    }
    assert folders - ignored - {".hypothesis"} <= FOLDERS


def test_no_file_is_long() -> None:
    lines = {name: text.count("\n") for name, text in PROGRAM.items()}
    limit = {name: MAX_LINES_OF_TESTS if name.startswith("tests/") else MAX_LINES for name in lines}
    assert {name: n for name, n in lines.items() if n > limit[name]} == {}


def test_nothing_is_left_for_later() -> None:
    assert {name for name, text in FILES.items() if UNFINISHED.search(text)} == set()


def test_no_file_names_a_package_registry() -> None:
    assert {(name, host) for name, text in FILES.items() for host in REGISTRY_HOSTS if host in text} == set()


def test_every_public_function_says_what_it_does() -> None:
    documents = {name: path.read_text(encoding="utf-8") for name, path in modules()}
    assert {name: found for name, text in documents.items() if (found := undocumented(text))} == {}


def test_catching_everything_and_silencing_types_has_a_reason() -> None:
    python = {name: text for name, text in PROGRAM.items() if name.endswith(".py") and not name.startswith("tests/")}
    assert {name: found for name, text in python.items() if (found := unexcused(text))} == {}


def test_every_locked_package_has_hashes_and_no_source() -> None:
    text = FILES["requirements.lock"]
    assert faults_of_lock(text) == []
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra|find|trusted)", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "uv", "pytest"])
def test_what_the_project_needs_is_locked(name: str) -> None:
    assert re.search(rf"^{name}==", FILES["requirements.lock"], flags=re.MULTILINE)


def test_planted_faults_are_seen(tmp_path: Path) -> None:
    assert UNFINISHED.search("# " + "TO" + "DO: later")
    assert undocumented('"""Module."""\n\ndef load():\n    pass\n') == ["line 3: load"]
    assert undocumented('"""Module."""\n\nclass A:\n    """A."""\n    def b(self):\n        pass\n') == ["line 5: b"]
    assert unexcused("try:\n    pass\nexcept Exception:\n    pass") == ["line 3"]
    assert unexcused("x = y  # type: " + "ignore[attr-defined]") == ["line 1"]
    assert unexcused("x = y  # type: " + "ignore[attr-defined] - the stubs lack it") == []
    assert faults_of_lock("agate==1.9.1\n") == ["agate has no hash"]
    assert faults_of_lock(f"agate==1.9.1 \\\n    --hash=sha256:{'0' * 64}\n") == []
    assert faults_of_lock("agate>=1\n") == ["agate>=1"]
    assert faults_of_lock("--no-binary :all:\n") == ["--no-binary :all:"]
