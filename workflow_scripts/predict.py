"""Rule predict. The device and batch are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.conform.manifest import require_intact
from acenet.inference.subjects import predict_subjects
from acenet.system.gpu_lease import own_device
from acenet.system.job_log import logged
from acenet.training.checkpoint import discard_states

with logged(snakemake.log[0]), own_device(snakemake.config["device"]):
    subjects = sorted({Path(path).parent for path in snakemake.input.volumes})
    for folder in subjects:
        require_intact(folder, ["image.nii"])
    predict_subjects(
        Path(snakemake.input.model),
        subjects,
        Path(snakemake.output[0]),
        batch=snakemake.config["presets"][snakemake.config["preset"]]["prediction"]["batch"],
        device=snakemake.config["device"],
        threads=snakemake.threads,
    )
    # that this job runs means that Snakemake has recorded the training as finished
    discard_states(Path("results/checkpoints", *Path(snakemake.input.model).parts[-4:-1]))
