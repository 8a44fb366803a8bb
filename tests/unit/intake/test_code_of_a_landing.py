"""Which code shapes a landing: the digest of it leaves out what only reads landings."""

from __future__ import annotations

from pathlib import Path

from orchestration.intake import receive
from tests.contract.arrows import all_arrows, is_within

PACKAGE = "orchestration.intake"
AFTER = tuple(f"{PACKAGE}.{folder.rstrip('/')}" for folder in receive._AFTER_LANDING)


def is_after(module: str) -> bool:
    return any(is_within(module, folder) for folder in AFTER)


def test_what_is_landed_needs_no_code_that_its_digest_leaves_out() -> None:
    """One module of the digest reaches it: after a landing, `receive` writes the report."""
    reaching = {
        (arrow.source, arrow.target)
        for arrow in all_arrows()
        if is_within(arrow.source, PACKAGE) and not is_after(arrow.source) and is_after(arrow.target)
    }
    assert reaching == {(f"{PACKAGE}.receive", f"{PACKAGE}.review.report.write_report")}


def test_folders_that_are_left_out_exist() -> None:
    package = Path(receive.__file__).parent
    assert all((package / folder).is_dir() for folder in receive._AFTER_LANDING)
