"""Rule draw_maps."""

from pathlib import Path

import numpy as np

from acenet.figures.caption import caption_of
from acenet.figures.feature_maps import NOTE, draw_maps, shown_slice
from acenet.figures.sections import rich_slice
from acenet.figures.style import house_style, write_figure
from acenet.imaging.io import map_uint8
from acenet.inference.feature_maps import slice_activity
from acenet.models.model_file import load_model
from acenet.papers import get_figure
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    plan, provenance = get_figure(snakemake.wildcards.figure), Provenance(**snakemake.params.provenance)
    scan = Path(snakemake.input.references[0]).parent
    k = rich_slice(map_uint8(snakemake.input.references[0]), np.random.default_rng(provenance.seed))
    activities = slice_activity(load_model(Path(snakemake.input.models[0])), map_uint8(scan / "image.nii"), k)
    with house_style():
        caption = caption_of(plan, provenance, NOTE, shown_slice(scan.name, k), provenance.of_the_first)
        figure = draw_maps(activities, caption=caption)
        write_figure(figure, [snakemake.output.png, snakemake.output.pdf])
