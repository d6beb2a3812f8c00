"""Rule train. The device and workers are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.augmentation.warp_rows import accepted_folders
from acenet.datasets.splits import read_split
from acenet.system.gpu_lease import own_device
from acenet.system.job_log import logged
from acenet.training.checkpoint import discard_states
from acenet.training.run import TrainingFiles, run_training
from acenet.training.settings import TrainingSettings

with logged(snakemake.log[0]), own_device(snakemake.config["device"]):
    folders = {path.parent.name: path.parent for path in map(Path, snakemake.input.volumes)}
    split = read_split(snakemake.input.split)
    settings = TrainingSettings.from_dict(snakemake.params.settings)
    init = [Path(path) for path in snakemake.input.init]
    warped = accepted_folders(Path(snakemake.input.warped[0])) if snakemake.input.warped else []
    run_training(
        settings,
        TrainingFiles(
            train=[folders[subject] for subject, part in split.items() if part == "train"] + warped,
            validation=[folders[subject] for subject, part in split.items() if part == "validation"],
            model=Path(snakemake.output.model),
            log=Path(snakemake.output.log),
            checkpoints=Path("results/checkpoints", settings.training, f"seed{settings.seed}"),
            init_from=init[0] if init else None,
            protocol=snakemake.input.protocol[0] if snakemake.input.protocol else None,
        ),
        device=snakemake.config["device"],
        threads=snakemake.threads,
        workers=snakemake.config["presets"][snakemake.config["preset"]]["training"]["workers"],
        deterministic=snakemake.params.deterministic,
        made_with={"code": snakemake.params.code, "packages": snakemake.params.packages},
    )
    for model in init:  # recorded as finished, or this job would not run
        discard_states(Path("results/checkpoints", *model.parts[-4:-1]))
