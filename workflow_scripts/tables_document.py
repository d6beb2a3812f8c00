"""Rule tables_document."""

from acenet.experiments import load_layouts
from acenet.logs import logged
from acenet.report import write_tables_document

with logged(snakemake.log[0]):
    layouts = load_layouts()
    write_tables_document([layouts[table] for table in snakemake.params.tables], snakemake.output[0])
