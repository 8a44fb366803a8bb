"""Options that several commands share."""

from __future__ import annotations

from typing import cast

import click

from orchestration.errors import ExitCode
from orchestration.settings import DATA_ORIGINS, DataOrigin, Settings

ORIGIN = click.option(
    "--origin", type=click.Choice(DATA_ORIGINS), default=None, help="Data origin (default: NCPES_DATA_ORIGIN)."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Mistake(click.ClickException):
    """The user asked for something that does not exist; the message says what to use instead."""

    exit_code = int(ExitCode.USAGE)


def settings_of(origin: str | None) -> Settings:
    """Settings of the origin that the user chose, else of the environment."""
    return Settings.from_environment(cast("DataOrigin | None", origin))
