"""Where the results of each stage lie, below the working directory. A test holds the rules' patterns against these.

A training is `{dataset}/{model}`; each of its seeds has a file or folder `seed{seed}` of its own, also the only one.
"""

ANATOMY_HEAD = "results/raw/anatomy/base-head.nii"
PARAMETERS = "results/measured/parameters.csv"
PARAMETERS_LOG = "results/logs/count_parameters.log"
WARPS = "results/warped/malc/manifest.csv"
WARP_TARGETS = "results/warped/malc/targets.csv"
PROVENANCE_PAGE = "results/provenance/provenance.html"
PAGE = "results/index.html"
TRAINING_PAGES = "results/page/trainings"
VIEWER_SCRIPT = "results/page/niivue.js"
VIEWER_LICENCE = "results/page/niivue-LICENSE.txt"
TABLE_FORMATS = ("csv", "md", "tex", "html")
FIGURE_FORMATS = ("png", "pdf")


def verified_archive(source: str, archive: str) -> str:
    """The mark of an archive that was fetched and verified; the archive lies beside it."""
    return f"results/downloads/{source}/{archive}.verified"


def conformed(source: str, subject: str, name: str = "") -> str:
    """A file of a conformed scan, or its folder."""
    folder = f"results/conformed/{source}/{subject}"
    return f"{folder}/{name}" if name else folder


def split(source: str) -> str:
    """The split of a source's subjects."""
    return f"results/splits/{source}.csv"


def protocol(dataset: str) -> str:
    """The completed table of structures of a data set of one's own."""
    return f"results/protocols/{dataset}.tsv"


def warped(pair: str) -> str:
    """The folder of one warp."""
    return f"results/warped/malc/{pair}"


def warp_checks(target: str) -> str:
    """The checks of all warps onto one target."""
    return f"results/warped/malc/checks/{target}.csv"


def registered(role: str, scan: str) -> str:
    """The folder of a scan's registration with the template."""
    return f"results/registered/{role}/{scan}"


def model(training: str, seed: int | str) -> str:
    """The model file of a training with a seed."""
    return f"results/trained/{training}/seed{seed}/model.pt"


def training_log(training: str, seed: int | str) -> str:
    """The losses of a training, epoch by epoch."""
    return f"results/trained/{training}/seed{seed}/log.csv"


def card(training: str, seed: int | str) -> str:
    """The description of a model."""
    return f"results/trained/{training}/seed{seed}/card.md"


def predicted(training: str, seed: int | str) -> str:
    """The folder of the class maps that a model gave the held-out scans."""
    return f"results/predicted/{training}/seed{seed}"


def measured(training: str, seed: int | str) -> str:
    """The long table of a training with a seed."""
    return f"results/measured/{training}/seed{seed}.csv"


def table(name: str, form: str, part: str = "") -> str:
    """A table in one of `TABLE_FORMATS`, or another file beside the tables; part: '' or a folder, `malc/`."""
    return f"results/tables/{part}{name}.{form}"


def own_table(dataset: str, form: str) -> str:
    """The table of a data set of one's own."""
    return f"results/tables/own/{dataset}.{form}"


def figure(name: str, form: str, part: str = "") -> str:
    """A figure in one of `FIGURE_FORMATS`; part as of tables."""
    return f"results/figures/{part}{name}.{form}"


def record(name: str, form: str) -> str:
    """A part of the record of what the results were made of."""
    return f"results/provenance/{name}.{form}"


def viewer(dataset: str) -> str:
    """The folder of the page that shows one test scan of a data set."""
    return f"results/page/viewer/{dataset}"


def training_page(training: str, seed: int | str) -> str:
    """The page of a training with a seed: what it is, its losses, its model's card."""
    return f"{TRAINING_PAGES}/{training}/seed{seed}.html"


def job_log(rule: str, training: str, seed: int | str) -> str:
    """The log of the job of a rule (train, predict, measure) for a training with a seed."""
    return f"results/logs/{rule}/{training}/seed{seed}.log"


def table_log(name: str, part: str = "") -> str:
    """The log of the job that set a table."""
    return f"results/logs/tables/{part}{name}.log"
