"""Rule complete_protocol."""

from pathlib import Path

from acenet.files.atomic import write_text
from acenet.protocols import parse_protocol
from acenet.protocols.tables import completed_table
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    lines = completed_table(Path(snakemake.input[0]))
    parse_protocol(snakemake.wildcards.dataset, lines)
    write_text(snakemake.output[0], "\n".join(lines) + "\n")
