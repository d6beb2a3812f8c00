"""What a figure's caption says: which figure of which paper it is, and where its numbers come from."""

from acenet.papers import FigurePlan, load_layouts
from acenet.report.labels import DATA_NAMES
from acenet.report.provenance import Provenance


def caption_of(plan: FigurePlan, provenance: Provenance, *sentences: str) -> str:
    """The caption: paper and number (of our own figures the table or data set), what is shown, preset and data.

    It says that embedded data give no result.

    Parameters
    ----------
    sentences
        What else there is to say about this figure, such as what its marks mean.
    """
    if plan.paper:
        where = f"{plan.paper}, Figure {plan.number}"
    elif plan.table:
        layout = load_layouts()[plan.table]
        where = f"{layout.paper}, Table {layout.number}"
    else:
        where = DATA_NAMES[plan.panels[0].dataset]
    warning = "The embedded cohort's numbers are not the papers' results." if provenance.warning else ""
    title = plan.title.removesuffix(".") + "."
    parts = (f"{where}: {title}", *sentences, *plan.notes, provenance.sentence, warning)
    return " ".join(part for part in parts if part)
