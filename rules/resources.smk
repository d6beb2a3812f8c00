"""What jobs ask of a machine or a cluster. Site facts (partition, account, kind of GPU) are in profiles."""

from acenet.system.gpu_lease import gpu_is_likely

CUDA_MB = 3000  # what CUDA itself takes of the main memory of a job with a GPU


def larger(amount):
    """Memory (MB) or time (minutes) that grows with each attempt; how many there are, the profile says."""
    return lambda wildcards, attempt: amount * attempt


def gpus(wildcards):
    """One GPU, unless the configuration says cpu. Whether this machine has one matters only to jobs that run here."""
    if SETTINGS.device == "cpu":
        return 0
    return int(SETTINGS.device != "auto" or runs_elsewhere(workflow) or gpu_is_likely())


def larger_with_cuda(amount):
    """As `larger`, of the memory of a job that may have a GPU."""
    return lambda wildcards, attempt: amount * attempt + CUDA_MB * gpus(wildcards)
