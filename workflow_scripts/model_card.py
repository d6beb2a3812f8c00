"""Rule model_card."""

from pathlib import Path

from acenet.grid import Grid
from acenet.logs import logged
from acenet.segmenting.card import model_card, write_card
from acenet.segmenting.model import load_segmenter

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
