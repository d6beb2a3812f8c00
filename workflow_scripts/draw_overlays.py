"""Rule draw_overlays."""

from pathlib import Path

from acenet.figures.caption import caption_of
from acenet.figures.cases import read_case
from acenet.figures.overlays import NOTE, draw_overlays
from acenet.figures.style import house_style, write_figure
from acenet.inference.integrity import require_segmented
from acenet.papers import get_figure, of_datasets, trainings_shown
from acenet.protocols import load_protocol
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    plan = of_datasets(get_figure(snakemake.wildcards.figure), snakemake.params.datasets)
    provenance = Provenance(**snakemake.params.provenance)
    folders = dict(zip(trainings_shown(plan), map(Path, snakemake.input.predicted), strict=True))
    for folder in folders.values():
        require_segmented(folder)
    cases = [
        read_case(
            panel.title,
            load_protocol(panel.dataset),
            panel.zoom,
            conformed=Path(reference).parent,
            predicted={method.name: folders[method.training_id] for method in panel.methods},
        )
        for panel, reference in zip(plan.panels, snakemake.input.references, strict=True)
    ]
    with house_style():
        figure = draw_overlays(cases, caption=caption_of(plan, provenance, NOTE, provenance.of_the_first))
        write_figure(figure, [snakemake.output.png, snakemake.output.pdf])
