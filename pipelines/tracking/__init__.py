"""The only room that imports MLflow: runs, the registry and the pyfunc."""
