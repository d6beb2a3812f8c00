"""Rules ask_for_{source}: sources that a person has to ask for."""

from acenet.datasets.obtain import require_agreement
from acenet.logs import logged

with logged(snakemake.log[0]):
    require_agreement(snakemake.params.source)
