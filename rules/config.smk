"""The configuration is checked before anything else reads it."""

import errno
import logging
import os
import shutil
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from acenet.config import Configuration, configuration_problems, message
from acenet.errors import ADVICE
from acenet.plan.results import emptied

if _problems := configuration_problems(config):
    raise WorkflowError(message(_problems))
SETTINGS = Configuration.model_validate(dict(config))


if shutil.disk_usage(os.curdir).free < 2**20:  # Snakemake's own notes need some, and it says less when it fails
    logging.raiseExceptions = False  # Snakemake's log file has no room either; the terminal has
    raise WorkflowError(f"{os.path.abspath(os.curdir)}: the disk is full. {ADVICE[errno.ENOSPC]}")


if is_main_process(workflow):
    for _path in emptied(Path("results")):
        logger.warning(f"{_path} is empty, which no step leaves behind: delete it and run the same command again")


def require_writable(folder):
    """Stop before the first job where nothing can be written."""
    if os.path.isdir(folder) and not os.access(folder, os.W_OK):
        raise WorkflowError(f"{os.path.abspath(folder)} is read-only. {ADVICE[errno.EROFS]}")
