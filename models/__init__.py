"""From features to risk, capacity and a limit. This folder is code; trained models live in MLflow."""
