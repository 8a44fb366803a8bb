"""The example of the README runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.disclosure.audit.bounds import audit
from orchestration.disclosure.audit.insider import with_insiders
from orchestration.disclosure.audit.register import build_register
from orchestration.disclosure.audit.verify import verify
from tests.contract.arrows import ROOT

README = Path(ROOT) / "orchestration" / "disclosure" / "audit" / "README.md"
FILES = README.parent


def test_the_example_of_the_readme_passes() -> None:
    names = {"pd": pd, "duckdb": duckdb, "audit": audit, "verify": verify}
    names |= {"with_insiders": with_insiders, "build_register": build_register}
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert example is not None
    exec(example.group(1), names)
    assert len(names["result"].outcomes) == 3


def test_the_readme_names_every_file() -> None:
    text = README.read_text(encoding="utf-8")
    assert [f.name for f in FILES.glob("*.py") if f.name != "__init__.py" and f"`{f.name}`" not in text] == []
