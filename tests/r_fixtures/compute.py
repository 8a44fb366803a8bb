"""Compute the R fixtures anew: `python -m tests.r_fixtures.compute` writes them, `--check` only compares.

Needs Rscript (Debian: r-base-core). The check allows 1e-9 relative: another build of R's linear algebra may differ in
the last digits.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from tests.r_fixtures.datasets import write_datasets

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
# Standard errors of infinite coefficients are what the last iteration left; nothing is ever compared with them.
RELATIVE = 1e-9


def compute(folder: Path) -> None:
    """Run R on freshly drawn data; fixtures and the fingerprints of the data end in `folder`."""
    if shutil.which("Rscript") is None:
        sys.exit("Rscript is not installed: apt-get install r-base-core, then run this again.")
    with tempfile.TemporaryDirectory() as data:
        write_datasets(Path(data))
        shutil.copy(Path(data) / "fingerprints.csv", folder / "fingerprints.csv")
        subprocess.run(["Rscript", "--vanilla", str(HERE / "fixtures.R"), data, str(folder)], check=True)


def differences(fresh: Path) -> list[str]:
    """What differs between committed and fresh fixtures, a line a file."""
    found = []
    names = sorted({path.name for folder in (EXPECTED, fresh) for path in folder.iterdir()})
    for name in names:
        if not ((EXPECTED / name).exists() and (fresh / name).exists()):
            found.append(f"{name}: on one side only")
            continue
        old, new = (pd.read_csv(folder / name) for folder in (EXPECTED, fresh))
        if list(old) != list(new) or len(old) != len(new):
            found.append(f"{name}: other columns or rows")
            continue
        for column in old.columns.drop(["iterations"], errors="ignore"):
            if old[column].dtype.kind != "f":
                same = bool((old[column] == new[column]).all())
            else:
                is_finite = _identifiable(name, old)
                same = np.allclose(old.loc[is_finite, column], new.loc[is_finite, column], rtol=RELATIVE, atol=1e-12)
            if not same:
                found.append(f"{name}: column {column}")
    return found


def _identifiable(name: str, table: pd.DataFrame) -> pd.Series[bool]:
    """Rows whose numbers R settled: under separation coefficients run on until the deviance stands still."""
    if name.startswith(("coefficients_", "margins_")):
        return table["standard_error"].abs() < 10
    return pd.Series(data=True, index=table.index)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the committed fixtures")
    if not parser.parse_args().check:
        EXPECTED.mkdir(exist_ok=True)
        compute(EXPECTED)
        return
    with tempfile.TemporaryDirectory() as fresh:
        compute(Path(fresh))
        found = differences(Path(fresh))
    if found:
        sys.exit("R gives other values than the committed fixtures:\n  " + "\n  ".join(found))
    print("The committed fixtures are what R computes.")


if __name__ == "__main__":
    main()
