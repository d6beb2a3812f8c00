"""Rule view_scan."""

from pathlib import Path

from acenet.figures.cases import read_case
from acenet.inference.integrity import require_segmented
from acenet.protocols import load_protocol
from acenet.report import Provenance
from acenet.system.job_log import logged
from acenet.viewer.conformed import view_conformed

with logged(snakemake.log[0]):
    dataset = snakemake.wildcards.dataset
    folders = dict(zip(snakemake.params.names, map(Path, snakemake.input.predicted), strict=True))
    for folder in folders.values():
        require_segmented(folder)
    case = read_case(dataset, load_protocol(dataset), (), conformed=Path(snakemake.input.image).parent, predicted=folders)
    view_conformed(case, Path(snakemake.output[0]), provenance=Provenance(**snakemake.params.provenance))
