"""How far a run is, in one line, and where to look in the end. No rules here.

The line follows the events that Snakemake logs, which is what its loggers are told, too.
"""

import atexit
import os
import sys

from acenet.plan.progress import mean_test_dice, not_made, with_seed
from acenet.system.run_progress import RunProgress

PROGRESS = RunProgress(
    sys.stderr,
    efforts=lambda: {
        with_seed(training, seed): STUDY.effort(training) for training in STUDY.trainings for seed in STUDY.seeds
    },
    planned=lambda: not_made(RESULTS.recorded),
    score=mean_test_dice,
)
if is_main_process(workflow):
    logger.addHandler(PROGRESS)


def say_where_to_look():
    """The last line of a run, behind Snakemake's own."""
    PROGRESS.close_line()
    if is_main_process(workflow):
        page = os.path.abspath(paths.PAGE)
        there = f"Look at {page}" if os.path.exists(page) else "`acenet page` makes a page to look at of what is there"
        atexit.register(print, there, file=sys.stderr)


onsuccess:
    say_where_to_look()


onerror:
    PROGRESS.close_line()
