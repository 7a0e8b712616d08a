"""The only room that imports MLflow: runs, the registry and the pyfunc."""

from pipelines.tracking.registry import NoChampionError, load_champion, load_version, promote, register, rollback

__all__ = ["NoChampionError", "load_champion", "load_version", "promote", "register", "rollback"]
