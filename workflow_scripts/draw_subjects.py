"""Rule draw_subjects."""

from pathlib import Path

from acenet.figures.subject_sheet import Portrait, draw_cohort_sheet
from acenet.imaging.io import map_uint8, read_affine
from acenet.protocols import load_protocol
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    protocol = load_protocol(snakemake.params.protocol)
    portraits = [
        Portrait(
            folder.name,
            map_uint8(folder / "image.nii"),
            read_affine(folder / "image.nii"),
            labels=map_uint8(folder / f"{protocol.name}.nii"),
            brain=map_uint8(folder / "brainmask.nii"),
        )
        for folder in dict.fromkeys(Path(path).parent for path in snakemake.input)
    ]
    draw_cohort_sheet(
        portraits,
        snakemake.output[0],
        colours={structure.index: structure.colour for structure in protocol.structures},
        caption=snakemake.params.caption,
    )
