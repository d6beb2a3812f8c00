"""Rule table."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from acenet.augmentation.warp_rows import summary
from acenet.datasets.splits import read_split
from acenet.metrics.long_table import read_long_tables
from acenet.papers import cells_of, load_cells, load_layouts
from acenet.report import Provenance, build_table, mask_note, write_table, write_table_csv
from acenet.system.job_log import logged

PART = "The paper's table has further values, of data sets that this one leaves out."

with logged(snakemake.log[0]):
    name, provenance = snakemake.wildcards.table, Provenance(**snakemake.params.provenance)
    warps = [summary(Path(path)) for path in snakemake.input.warps]
    notes = [
        f"ACEnet* was trained here on the training scans and on warps of them: {used}." for used in warps
    ]
    notes += [mask_note(snakemake.params.masks)] if snakemake.params.masks else []
    cells, every = cells_of(snakemake.params.datasets, load_cells(name)), load_cells(name)
    notes += [PART] if len(cells) < len(every) else []
    layout = load_layouts()[name]
    layout = replace(layout, notes=(*layout.notes, *notes))
    table = build_table(
        layout,
        cells,
        read_long_tables(snakemake.input.measured),
        provenance=provenance,
        counts=pd.read_csv(snakemake.input.parameters[0]) if snakemake.input.parameters else None,
        splits={Path(path).stem: read_split(path) for path in snakemake.input.splits},
    )
    write_table_csv(table, snakemake.output.csv)
    for path in (snakemake.output.md, snakemake.output.tex, snakemake.output.html):
        write_table(table, path, layout=layout, provenance=provenance)
