"""Figures of a monthly job: one run a date, written again when the month is run again."""

from collections.abc import Mapping

from pipelines.tracking.runs import answering, connect, experiment_number


@answering()
def log_month(experiment: str, date: str, metrics: Mapping[str, float], tags: Mapping[str, str]) -> str:
    """Put the metrics of a date on its run and return the run's identifier; a run of that date is used again.

    Raises
    ------
    EngineError
        When MLflow does not answer.
    """
    mlflow = connect()
    number = experiment_number(mlflow, experiment)
    found = mlflow.search_runs([number], f"tags.as_of = '{date}'", max_results=1, output_format="list")
    run_id = found[0].info.run_id if found else None
    with mlflow.start_run(run_id=run_id, experiment_id=number, run_name=date) as run:
        mlflow.set_tags({"as_of": date, **tags})
        mlflow.log_metrics(dict(metrics))
        return str(run.info.run_id)
