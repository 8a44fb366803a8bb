"""The load session as a Dagster resource: made once a run, holding the writer lock until the run ends.

The in-process executor makes a resource once for all steps of a run; that is why the code location defaults to it.
"""

from collections.abc import Iterator
from datetime import date

from dagster import Field, InitResourceContext, Noneable, resource

from orchestration.load.session import LoadOptions, LoadSession, open_session
from orchestration.load.years import years_of_tags
from orchestration.registry import load_registry
from orchestration.settings import Settings
from orchestration.warehouse.dbt_build import DbtProject


@resource(
    config_schema={
        "full_refresh": Field(bool, default_value=False, description="Build every survey year anew."),
        "publish": Field(bool, default_value=True, description="Publish if the gate passes."),
        "discard_signatures": Field(
            bool, default_value=False, description="Build over a candidate that is signed and waits."
        ),
        "as_of": Field(
            Noneable(str), default_value=None, description="Date (YYYY-MM-DD) by which waivers expire; default today."
        ),
    }
)
def load_resource(context: InitResourceContext) -> Iterator[LoadSession]:
    """One load of the run's partitions, of the origin that the environment names."""
    settings = Settings.from_environment()
    run = context.run
    years = years_of_tags(run.tags if run else {}, load_registry(settings.seeds).years)
    config = context.resource_config
    options = LoadOptions(
        full_refresh=config["full_refresh"],
        as_of=date.fromisoformat(config["as_of"]) if config["as_of"] else None,
        publishes=config["publish"],
        discards_signatures=config["discard_signatures"],
    )
    say = context.log.info if context.log else print
    with open_session(settings, years, run.run_id if run else "", options, DbtProject(settings), say=say) as session:
        yield session
