"""Between the rules and the plan: the study of this configuration, and how a rule asks it. No rules here."""

from dataclasses import asdict, is_dataclass
from inspect import signature
from pathlib import Path

from snakemake.exceptions import WorkflowError

from acenet.errors import InputError
from acenet.system.code_digest import code_digest
from acenet.networks import NETWORKS
from acenet.plan import paths
from acenet.plan.study import Study

try:
    STUDY = Study(SETTINGS, NETWORKS)
except InputError as error:
    raise WorkflowError(str(error)) from None
PRESET, RESULTS, CAPTIONS, WARPS = SETTINGS.chosen, STUDY.results, STUDY.captions, STUDY.warps


def plain(value):
    """A record as a dictionary: of params, Snakemake compares those of Python's own types and passes over others."""
    return asdict(value) if is_dataclass(value) else value


def asked(method, **fixed):
    """`method` of the plan as a function of a rule's wildcards, of which it gets those that it has parameters for."""
    names = [name for name in signature(method).parameters if name not in fixed]

    def answer(wildcards):
        try:
            return plain(method(**{name: getattr(wildcards, name) for name in names}, **fixed))
        except InputError as error:
            raise WorkflowError(str(error)) from None

    return answer


def computed_with(script, wildcards):
    """Digest of the code and versions of the packages behind a rule's script; of all networks, only the job's."""
    path = Path(workflow.basedir, "workflow_scripts", script)
    if "model" not in wildcards.keys():
        return code_digest(path)
    arch = asked(STUDY.training)(wildcards)["arch"]
    return code_digest(path, frozenset([NETWORKS[arch].module]))
