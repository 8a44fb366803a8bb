"""Who imports whom, read from the source: nothing is imported, so an import inside a function counts too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("orchestration", "expectations", "dbt_project/models")


@dataclass(frozen=True)
class Arrow:
    """An import: the module that makes it, with its line, and the module that it names."""

    source: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


def is_within(module: str, package: str) -> bool:
    """Whether `module` is `package` or lies in it."""
    return module == package or module.startswith(package + ".")


def modules() -> Iterator[tuple[str, Path]]:
    """Name and file of every module of the program; a dbt model is dbt_project.models.<layer>.<name>."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def arrows_of(source: str, text: str) -> Iterator[Arrow]:
    """Imports of one module, those of names from a package as package.name (the name may be a module)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (Arrow(source, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = f"{'.' * node.level}{node.module or ''}"
            yield from (Arrow(source, node.lineno, f"{package}.{alias.name}") for alias in node.names)


def all_arrows() -> list[Arrow]:
    """Imports of the whole program."""
    return [arrow for name, path in modules() for arrow in arrows_of(name, path.read_text(encoding="utf-8"))]
