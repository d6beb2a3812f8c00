"""Where the workflow puts the results behind a table, below the working directory. A test holds the rules to it."""

PARAMETERS = "results/measured/parameters.csv"
PARAMETERS_LOG = "results/logs/count_parameters.log"


def table(name: str, form: str) -> str:
    """A table as csv, md, tex or html."""
    return f"results/tables/{name}.{form}"


def measured(training: str) -> str:
    """The long table of a training."""
    return f"results/measured/{training}.csv"


def predicted(training: str) -> str:
    """The folder of the class maps that a model gave the held-out scans."""
    return f"results/predicted/{training}"


def model(training: str) -> str:
    """The model file of a training."""
    return f"results/trained/{training}/model.pt"


def training_log(training: str) -> str:
    """The losses of a training, epoch by epoch."""
    return f"results/trained/{training}/log.csv"


def split(source: str) -> str:
    """The split of a source's subjects."""
    return f"results/splits/{source}.csv"


def job_log(rule: str, training: str) -> str:
    """The log of the job of a rule (train, predict, measure) for a training."""
    return f"results/logs/{rule}/{training}.log"


def table_log(name: str) -> str:
    """The log of the job that set a table."""
    return f"results/logs/tables/{name}.log"
