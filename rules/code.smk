"""What the results were computed with, among the params of every rule that computes.

Snakemake compares params with those that a file was made with: after `git pull`, or after an update of torch, what the
change reaches is made again, and old results never stand beside new ones. Downloads are left out: their checksums say
that they are the same.
"""

FETCHING = (
    "fetch_anatomy.py",
    "fetch_heads.py",
    "fetch_archive.py",
    "fetch_scan.py",
    "fetch_niivue.py",
    "write_notice.py",
)


def code_behind(script):
    """The param `code` of a rule."""
    return lambda wildcards: computed_with(script, wildcards).code


def packages_behind(script):
    """The param `packages` of a rule."""
    return lambda wildcards: computed_with(script, wildcards).packages


for _rule, _script in rules_with_scripts(workflow):
    if _script not in FETCHING:
        add_params(_rule, code=code_behind(_script), packages=packages_behind(_script))
