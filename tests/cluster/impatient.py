"""Snakemake that asks Slurm for finished jobs every two seconds; called with Snakemake's own arguments.

The plugin waits ten seconds longer each time that it has found none, up to three minutes, and has no option for that:
right on a cluster, but most of the time of a test whose jobs take seconds.
"""

import sys

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

SECONDS = 2

if __name__ == "__main__":
    Executor.next_seconds_between_status_checks = property(lambda self: SECONDS, lambda self, value: None)
    main(sys.argv[1:])
