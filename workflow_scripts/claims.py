"""Rule claims."""

from acenet.metrics.long_table import read_long_tables
from acenet.papers import claims_of, load_claims
from acenet.report import (
    Origin,
    Provenance,
    evaluate_claims,
    write_claims_markdown,
    write_claims_page,
    write_table_csv,
)
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    claims = evaluate_claims(
        claims_of(snakemake.params.datasets, load_claims()),
        read_long_tables(snakemake.input.measured),
        origin=Origin(**snakemake.params.origin),
        unavailable=snakemake.params.unavailable,
    )
    write_table_csv(claims, snakemake.output.csv)
    provenance = Provenance(**snakemake.params.provenance)
    write_claims_markdown(claims, snakemake.output.md, provenance=provenance)
    write_claims_page(claims, snakemake.output.html, provenance=provenance)
