"""The catalogue in the repository is the one that the suites give."""

from __future__ import annotations

from expectations.catalogue import CATALOGUE, render_catalogue
from expectations.loader import load_suites


def test_the_catalogue_is_fresh() -> None:
    fresh = render_catalogue(load_suites())
    assert CATALOGUE.read_text(encoding="utf-8") == fresh, "run `python -m expectations.catalogue`"
