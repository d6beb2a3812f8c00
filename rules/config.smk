"""The configuration is checked before anything else reads it."""

import errno
import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from acenet.configuration import configuration_problems, message
from acenet.errors import ADVICE

_problems = configuration_problems(config, Path(workflow.basedir, "schemas/config.schema.yaml"))
if _problems:
    raise WorkflowError(message(_problems))


def require_writable(folder):
    """Stop before the first job where nothing can be written."""
    if os.path.isdir(folder) and not os.access(folder, os.W_OK):
        raise WorkflowError(f"{os.path.abspath(folder)} is read-only. {ADVICE[errno.EROFS]}")
