"""Figures and scans that the page shows, and how to make those that are not there."""

from dataclasses import dataclass

from acenet.page.contents import Contents
from acenet.page.links import address
from acenet.papers import FigurePlan, load_figures
from acenet.plan import paths
from acenet.protocols import DATASETS
from acenet.report.labels import DATA_NAMES


@dataclass(frozen=True)
class Picture:
    """A figure: its name in words, what it shows, its files as links, and whether it is there now."""

    item: str
    shows: str
    target: str
    png: str
    pdf: str
    there: bool


@dataclass(frozen=True)
class Scan:
    """A test scan to be looked at: of which data, the viewer's address, its picture."""

    data: str
    page: str
    picture: str


def pictures(contents: Contents) -> dict[str, list[Picture]]:
    """The figures of each paper, then our own and the pictures of the data."""
    found: dict[str, list[Picture]] = {"ACEnet": [], "FFCE": [], "Beyond the papers": []}
    for name, plan in load_figures().items():
        found[plan.paper or "Beyond the papers"].append(_figure(name, plan, contents))
    folder = contents.directory / paths.figure("x", "png")
    for path in sorted([*folder.parent.glob("subjects_*.png"), *folder.parent.glob("warps.png")]):
        link = address(paths.figure(path.stem, "png"))
        what = "Warps" if path.stem == "warps" else f"Subjects of {path.stem.removeprefix('subjects_')}"
        found["Beyond the papers"].append(Picture(what, "", paths.figure(path.stem, "png"), link, "", True))
    return found


def _figure(name: str, plan: FigurePlan, contents: Contents) -> Picture:
    if plan.paper:
        item = f"Figure {plan.number}"
    elif plan.table:
        item = f"{plan.table.replace('_', ' ')} as dots"
    else:
        item = f"{DATA_NAMES[plan.panels[0].dataset]}: {plan.kind}"
    png, pdf = (contents.figure(name, form) for form in ("png", "pdf"))
    return Picture(item, plan.title, png, address(png), address(pdf), contents.has(png))


def scans(contents: Contents) -> list[Scan]:
    """The scans that there is a viewer's page of."""
    found = []
    for dataset in DATASETS:
        page, picture = (f"{paths.viewer(dataset)}/{name}" for name in ("index.html", "reference.png"))
        if contents.has(page):
            found.append(Scan(DATA_NAMES[dataset], address(page), address(picture)))
    return found
