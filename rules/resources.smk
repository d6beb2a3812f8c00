"""What jobs ask of a machine or a cluster. Site facts (partition, account, kind of GPU) are in profiles."""

import shutil


def larger(amount):
    """Memory (MB) or time (minutes) that grows with each attempt; how many there are, the profile says."""
    return lambda wildcards, attempt: amount * attempt


def gpus(wildcards):
    """One GPU, unless the configuration says cpu. Whether this machine has one matters only to jobs that run here."""
    if config["device"] == "cpu":
        return 0
    return int(config["device"] != "auto" or workflow.non_local_exec or shutil.which("nvidia-smi") is not None)
