"""Programs beside the pipeline, on finished runs and on data, each run as `python -m tools.NAME` in the repository."""
