"""Rule record_split."""

from pathlib import Path

import pandas as pd

from acenet.conform.leakage import (
    read_manifests,
    report_missing,
    report_mixed_heads,
    require_disjoint,
)
from acenet.files.atomic import replacing
from acenet.protocols import load_protocol
from acenet.system.job_log import logged

with logged(snakemake.log[0]), replacing(snakemake.output[0]) as temporary:
    split = snakemake.params.split
    manifests = read_manifests([Path(path).parent for path in snakemake.input.manifests])
    require_disjoint(split, manifests)
    report_mixed_heads(manifests)
    report_missing(split, manifests, [load_protocol(name) for name in snakemake.params.protocols])
    pd.DataFrame({"subject": list(split), "split": list(split.values())}).to_csv(temporary, index=False)
