"""Rule model_card."""

from pathlib import Path

from acenet.imaging.grid import Grid
from acenet.segment.model_card import model_card, write_card
from acenet.segment.segmenter import load_segmenter
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    segmenter = load_segmenter(Path(snakemake.input.model), grid=Grid(**snakemake.params.grid))
    write_card(
        model_card(
            segmenter,
            Path(snakemake.input.measured),
            preset=snakemake.params.preset,
            data=snakemake.params.data,
        ),
        segmenter.protocol,
        markdown=Path(snakemake.output.markdown),
        as_json=Path(snakemake.output.json),
    )
