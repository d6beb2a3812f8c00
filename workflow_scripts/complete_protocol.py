"""Rule complete_protocol."""

from pathlib import Path

from acenet.files.atomic import replacing
from acenet.protocols import parse_protocol
from acenet.protocols.tables import completed_table
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    lines = completed_table(Path(snakemake.input[0]))
    parse_protocol(snakemake.wildcards.dataset, lines)
    with replacing(snakemake.output[0]) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
