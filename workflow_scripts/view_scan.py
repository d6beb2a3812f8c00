"""Rule view_scan."""

from pathlib import Path

from acenet.figures.cases import read_case
from acenet.imaging.io import read_affine
from acenet.inference.integrity import require_segmented
from acenet.page.conformed_scan import view_conformed
from acenet.protocols import load_protocol
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    dataset, conformed = snakemake.wildcards.dataset, Path(snakemake.input.reference).parent
    protocol = load_protocol(dataset)
    folders = dict(zip(snakemake.params.names, map(Path, snakemake.input.predicted), strict=True))
    for folder in folders.values():
        require_segmented(folder)
    case = read_case(
        dataset,
        protocol,
        [one.name for one in protocol.structures],
        conformed=conformed,
        predicted=folders,
    )
    view_conformed(
        case,
        read_affine(snakemake.input.reference),
        Path(snakemake.output[0]),
        dataset=dataset,
        provenance=Provenance(**snakemake.params.provenance),
    )
