"""What the assets of a load share: owners, and failures that a person can read."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure

from orchestration.failures import EXIT_CODE, tell
from orchestration.resources.load import LoadResource

ENGINEERS = "team:data-engineering"
ASSURERS = "team:quality-assurance"
PUBLISHERS = "team:publication"


@contextmanager
def plain_failures(load: LoadResource) -> Iterator[None]:
    """A step that fails ends with its message and exit code, without a traceback: that may quote values of a return."""
    try:
        yield
    except Exception as error:  # every failure of a step is told alike, to the UI and to the command line
        message = tell(error, load.settings)
        raise Failure(description=message.text, metadata={EXIT_CODE: message.exit_code}, allow_retries=False) from None
