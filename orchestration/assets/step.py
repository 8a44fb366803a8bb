"""What every asset of a load shares: its session, and errors that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import AssetExecutionContext, Failure

from orchestration.load.session import LoadSession


@contextmanager
def load_step(context: AssetExecutionContext) -> Iterator[LoadSession]:
    """The session of the run. What a step raises is kept for the caller and shown by its message alone."""
    session: LoadSession = context.resources.load
    try:
        yield session
    except Exception as error:  # every failure of a step ends the run the same way: its message, then no traceback
        session.error = error
        raise Failure(description=str(error), allow_retries=False) from None
