"""What the statistics may import: no orchestration framework, and scipy.stats (1.5 s) not at all."""

import subprocess
import sys

PROBE = """
import importlib, pkgutil, sys
import orchestration.statistics as package
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
heavy = {"dagster", "dbt", "great_expectations", "duckdb", "pandas", "scipy"}
print(" ".join(sorted({name.split(".")[0] for name in sys.modules} & heavy)))
"""


def test_importing_the_statistics_is_light() -> None:
    answer = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == []


def test_every_public_function_says_what_it_gives() -> None:
    probe = """
import importlib, inspect, pkgutil
import orchestration.statistics as package
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    loaded = importlib.import_module(module.name)
    for name, value in inspect.getmembers(loaded, inspect.isfunction):
        if value.__module__ == loaded.__name__ and not name.startswith("_") and len(value.__doc__ or "") < 30:
            print(loaded.__name__, name)
"""
    answer = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert answer.stdout == ""
