"""Rule tables_document."""

from acenet.papers import load_layouts
from acenet.report import write_tables_document
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    layouts = load_layouts()
    write_tables_document([layouts[table] for table in snakemake.params.tables], snakemake.output[0])
