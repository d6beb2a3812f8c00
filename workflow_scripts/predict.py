"""Rule predict. The device and batch are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.devices import own_device
from acenet.inference.run import predict_subjects
from acenet.logs import logged

with logged(snakemake.log[0]), own_device(snakemake.config["device"]):
    predict_subjects(
        Path(snakemake.input.model),
        sorted({Path(path).parent for path in snakemake.input.volumes}),
        Path(snakemake.output[0]),
        batch=snakemake.config["presets"][snakemake.config["preset"]]["prediction"]["batch"],
        device=snakemake.config["device"],
        threads=snakemake.threads,
    )
