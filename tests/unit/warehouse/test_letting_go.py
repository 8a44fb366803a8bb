"""dbt's connections are closed also where a thread of it is still in its last call."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.warehouse import dbt_project


class Factory:
    """Refuses some times, as a busy cursor does, before it lets go."""

    def __init__(self, refusals: int, message: str) -> None:
        self.refusals, self.message = refusals, message

    def reset_adapters(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise duckdb.Error(self.message)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbt_project, "_CLOSING_PAUSE", 0)


def test_a_busy_cursor_is_asked_again() -> None:
    factory = Factory(3, "Resource In Use Error: connection is busy with another call")
    dbt_project._let_go_of_the_file(factory)
    assert factory.refusals == 0


@pytest.mark.parametrize("factory", [Factory(99, "busy with another call"), Factory(1, "IO Error: disk is full")])
def test_a_cursor_that_stays_busy_or_another_error_is_told(factory: Factory) -> None:
    with pytest.raises(duckdb.Error):
        dbt_project._let_go_of_the_file(factory)
