"""Rule record_targets."""

import pandas as pd

from acenet.files.atomic import replacing
from acenet.system.job_log import logged

with logged(snakemake.log[0]), replacing(snakemake.output[0]) as temporary:
    images, drawn = snakemake.params.images, set(snakemake.params.drawn)
    table = pd.DataFrame({"target": list(images), "image": list(images.values())})
    table["drawn"] = ["yes" if target in drawn else "no" for target in images]
    table["seed"] = snakemake.params.seed
    table.to_csv(temporary, index=False)
