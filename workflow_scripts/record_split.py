"""Rule record_split."""

import pandas as pd

from acenet.atomic import replacing
from acenet.logs import logged

with logged(snakemake.log[0]), replacing(snakemake.output[0]) as temporary:
    split = snakemake.params.split
    pd.DataFrame({"subject": list(split), "split": list(split.values())}).to_csv(temporary, index=False)
