"""The yearly schedule: on the first of September, when the supplier's return of the year is due."""

from dagster import RunRequest, ScheduleEvaluationContext, SkipReason, schedule

from orchestration.jobs import annual_load
from orchestration.sensors import latest_waiting_year
from orchestration.settings import Settings


@schedule(job=annual_load, cron_schedule="0 6 1 9 *", execution_timezone="Europe/London")
def yearly_load(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    """Loads the newest survey year whose return has arrived and is not loaded yet."""
    year = latest_waiting_year(Settings.from_environment())
    if year is None:
        return SkipReason("No new return: every complete return under returns/ has been loaded.")
    return RunRequest(partition_key=str(year), run_key=f"{year}-{context.scheduled_execution_time:%Y-%m-%d}")
