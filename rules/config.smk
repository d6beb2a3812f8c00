"""The configuration is checked before anything else reads it."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from acenet.configuration import configuration_problems, message

_problems = configuration_problems(config, Path(workflow.basedir, "schemas/config.schema.yaml"))
if _problems:
    raise WorkflowError(message(_problems))
