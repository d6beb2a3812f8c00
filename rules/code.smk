"""What the results were computed with, among the params of every rule that computes.

Snakemake compares params with those that a file was made with: after `git pull`, or after an update of torch, what the
change reaches is made again, and old results never stand beside new ones. Downloads are left out: their checksums say
that they are the same.
"""

for _rule in list(workflow.rules):
    if _rule.script and Path(_rule.script).name not in FETCHING:
        _rule.set_params(
            code=partial(code_behind, Path(_rule.script).name),
            packages=partial(packages_behind, Path(_rule.script).name),
        )
