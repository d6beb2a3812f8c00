"""All that is used of Snakemake beyond its documented interface. Tried with 9.20 to 9.23.

tests/workflow/test_snakemake_internals.py says in words what is missing when a new Snakemake has changed it.
"""

from pathlib import Path


def rules_with_scripts(workflow):
    """The rules that run a script, each with the script's file name: `workflow.rules`, `Rule.script`."""
    return [(one, Path(one.script).name) for one in workflow.rules if one.script]


def add_params(declared, **params):
    """Add params to what is declared already: `Rule.set_params`."""
    declared.set_params(**params)


def lift_default_rate_limit(workflow):
    """Let jobs start as soon as others end: `workflow.scheduler.job_rate_limiter`.

    The default limit wakes the scheduler once a second for every job that has ended: after a hundred jobs, a quarter
    of a core. One that the user asked for is kept.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter is not None and (limiter.max_jobs, limiter.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def runs_elsewhere(workflow):
    """Whether jobs are submitted to other machines: `workflow.non_local_exec`."""
    return workflow.non_local_exec


def make_again(workflow, path):
    """Have a file made again, as `--forcerun` does: `workflow.dag.forcefiles`."""
    workflow.dag.forcefiles.add(path)


def is_main_process(workflow):
    """Whether this is the Snakemake that the user called, not one of a job: `workflow.is_main_process`."""
    return workflow.is_main_process
