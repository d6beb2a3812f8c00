"""The configuration is checked before anything else reads it."""

import errno
import logging
import os
import shutil
from pathlib import Path

from snakemake.exceptions import WorkflowError

from acenet.configuration import configuration_problems, message, with_homes
from acenet.errors import ADVICE

_problems = configuration_problems(config, Path(workflow.basedir, "schemas/config.schema.yaml"))
if _problems:
    raise WorkflowError(message(_problems))
config.update(with_homes(config))


if shutil.disk_usage(os.curdir).free < 2**20:  # Snakemake's own notes need some, and it says less when it fails
    logging.raiseExceptions = False  # Snakemake's log file has no room either; the terminal has
    raise WorkflowError(f"{os.path.abspath(os.curdir)}: the disk is full. {ADVICE[errno.ENOSPC]}")


def require_writable(folder):
    """Stop before the first job where nothing can be written."""
    if os.path.isdir(folder) and not os.access(folder, os.W_OK):
        raise WorkflowError(f"{os.path.abspath(folder)} is read-only. {ADVICE[errno.EROFS]}")
