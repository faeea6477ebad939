"""The daily job in Airflow: tried again while a source is out of reach, for people otherwise."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pendulum
from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

ALLOCORE = "/opt/allocore/.venv/bin/allocore"
CONFIG = "/srv/allocore/daily/job.yaml"
TRY_AGAIN = (7, 75)
"""Another run is at work; a source is out of reach."""


@dag(
    schedule="30 5 * * 1-5",
    start_date=pendulum.datetime(2026, 11, 23, tz="Europe/Berlin"),
    catchup=False,
    max_active_runs=1,
)
def allocore_daily() -> None:
    """Propose the day's fulfilment priorities."""

    @task(
        retries=6,
        retry_delay=timedelta(minutes=5),
        execution_timeout=timedelta(minutes=20),
    )
    def propose(day: str) -> str:
        """Run the job for a day; return its answer as JSON."""
        done = subprocess.run(  # noqa: S603
            [ALLOCORE, "propose", CONFIG, "--as-of", day, "--json"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode in TRY_AGAIN:
            raise AirflowException(f"exit code {done.returncode}")  # noqa: EM102
        if done.returncode:
            raise AirflowFailException(f"exit code {done.returncode}")  # noqa: EM102
        return done.stdout

    propose("{{ data_interval_end.in_timezone('Europe/Berlin').to_date_string() }}")


allocore_daily()
