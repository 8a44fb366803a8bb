"""Publication is refused for the same reasons from Python, by `ncpes publish`, and in Dagster.

Each case damages a candidate that would be published; the three callers must publish nothing. The command
line and Dagster read their settings from the environment, as in a real run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest
from refused_cases import REFUSED
from release_case import FAILED, NOW, WAIVER, Case, run_command

from orchestration.records import RecordError
from orchestration.release.candidate.manifest import verify
from orchestration.release.errors import PublicationRefused
from orchestration.release.publication.publish import publish
from orchestration.release.records.catalogue import read_catalogue


@dataclass
class Refusal:
    """The message to a caller, and the exit code of a command."""

    words: str
    exit_code: int | None = None


def from_python(case: Case, capsys: Any, monkeypatch: Any) -> Refusal | None:
    try:
        publish(case.settings, case.folder, now=NOW)
    except (PublicationRefused, RecordError) as error:
        assert error.next_step.endswith((".", ")"))
        return Refusal(str(error))
    return None


def by_command(case: Case, capsys: Any, monkeypatch: Any) -> Refusal | None:
    code, words = run_command(monkeypatch, capsys, "publish", "2018")
    return Refusal(words, code) if code else None


def in_dagster(case: Case, capsys: Any, monkeypatch: Any) -> Refusal | None:
    """The asset alone, as a person materialises it in the UI: nothing of a load is in the run's memory."""
    from dagster import DagsterInstance, Definitions, define_asset_job

    from orchestration.assets.release import release
    from orchestration.resources.load import LoadResource

    job = define_asset_job("publish_alone", selection=["release"])
    definitions = Definitions(assets=[release], jobs=[job], resources={"load": LoadResource()})
    with DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("publish_alone").execute_in_process(
            instance=instance,
            tags={"dagster/partition": "2018"},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if result.success:
        return None
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    return Refusal(str(cast(Any, event.event_specific_data).user_failure_data.description))


CALLERS = {"python": from_python, "command": by_command, "dagster": in_dagster}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", REFUSED)
def test_no_way_of_publishing_lets_it_through(
    case: Case, name: str, caller: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    damage, words, code = REFUSED[name]
    damage(case)
    refusal = CALLERS[caller](case, capsys, monkeypatch)
    assert refusal is not None
    if not (name == "no decision" and caller == "command"):  # the command says how to make one
        assert words in refusal.words
    assert refusal.exit_code in (None, code)
    assert read_catalogue(case.settings).entries == ()
    assert not (case.settings.releases / "latest").exists()


@pytest.mark.parametrize("caller", CALLERS)
def test_every_way_of_publishing_publishes_what_is_whole(
    case: Case, caller: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case.waivers(WAIVER)
    case.candidate(verdict="passed_with_waivers", checks=FAILED, waivers_used=[WAIVER])
    assert CALLERS[caller](case, capsys, monkeypatch) is None
    assert verify(case.settings.releases / "latest") == []
