"""Rule table."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from acenet.augmentation.warp_rows import summary
from acenet.datasets.splits import read_split
from acenet.metrics.long_table import read_long_table
from acenet.papers import load_cells, load_layouts, trainings_of
from acenet.report import (
    Provenance,
    build_table,
    mask_note,
    write_table_csv,
    write_table_html,
    write_table_latex,
    write_table_markdown,
)
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    name, output = snakemake.wildcards.table, snakemake.output
    layout, provenance = load_layouts()[name], Provenance(**snakemake.params.provenance)
    if snakemake.input.warps:
        used = summary(Path(snakemake.input.warps[0]))
        note = f"ACEnet* was trained here on the training scans and on warps of them: {used}."
        layout = replace(layout, notes=(*layout.notes, note))
    if snakemake.params.masks:
        layout = replace(layout, notes=(*layout.notes, mask_note(snakemake.params.masks)))
    measured = dict(zip(trainings_of(name), snakemake.input.measured, strict=True))
    table = build_table(
        layout,
        load_cells(name),
        {training: read_long_table(path) for training, path in measured.items()},
        provenance=provenance,
        counts=pd.read_csv(snakemake.input.parameters[0]) if snakemake.input.parameters else None,
        splits={Path(path).stem: read_split(path) for path in snakemake.input.splits},
    )
    write_table_csv(table, output.csv)
    write_table_markdown(table, output.md, layout=layout, provenance=provenance)
    write_table_latex(table, output.tex, layout=layout, provenance=provenance)
    write_table_html(table, output.html, layout=layout, provenance=provenance)
