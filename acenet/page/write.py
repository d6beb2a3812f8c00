"""Writes the page of a run and those behind it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acenet.files.atomic import write_text
from acenet.page.claims import shown_claims
from acenet.page.contents import Contents, read_contents
from acenet.page.curves import HEIGHT, WIDTH
from acenet.page.links import address
from acenet.page.pictures import Picture, pictures, scans
from acenet.page.tables import printed_tables
from acenet.page.trainings import ShownTraining, shown_trainings, write_training_pages
from acenet.page.values import values
from acenet.page.verdicts import Verdict
from acenet.papers import load_layouts
from acenet.plan import paths
from acenet.report.claims import explanation
from acenet.report.labels import DATA_NAMES
from acenet.report.page import HTML

logger = logging.getLogger(__name__)


def write_page(directory: Path, unavailable: Mapping[str, str] | None = None) -> Path:
    """Write `results/index.html` and the trainings' pages, of what there is now in a run's working directory.

    Parameters
    ----------
    unavailable
        Why tables cannot be made in this configuration, by name.

    Raises
    ------
    InputError
        A result is there and is not what it should be.
    OSError
        The folder takes nothing.
    """
    contents = read_contents(directory, unavailable)
    trainings = shown_trainings(contents)
    (directory / paths.TRAINING_PAGES).mkdir(parents=True, exist_ok=True)
    for problem in write_training_pages(contents, trainings):
        logger.warning("%s", problem)
    page = directory / paths.PAGE
    write_text(page, HTML.render("index.html.j2", _values(contents, trainings)))
    return page


def _values(contents: Contents, trainings: list[ShownTraining]) -> dict[str, Any]:
    figures, origin = pictures(contents), contents.provenance
    lacking = missing(contents, [one for group in figures.values() for one in group])
    run = contents.records.get("run")
    return {
        "title": "ACEnet and FFCE, reproduced",
        "origin": origin.sentence if origin else "",
        "warning": origin.warning if origin else "",
        "tables": printed_tables(contents),
        "claims": shown_claims(contents.claims),
        "explanation": explanation(origin).replace("**", "") if origin else "",
        "values": values(contents),
        "figures": figures,
        "scans": scans(contents),
        "trainings": trainings,
        "data_names": DATA_NAMES,
        "own": contents.own,
        "run": [] if run is None else [tuple(row) for row in run.itertuples(index=False)],
        "packages": contents.records.get("packages"),
        "settings": contents.settings,
        "provenance": address(paths.PROVENANCE_PAGE) if contents.has(paths.PROVENANCE_PAGE) else "",
        "missing": lacking,
        "n_layouts": len(load_layouts()),
        "verdicts": [one for one in Verdict if one.words],
        "links": {
            name: address(contents.table(name, form))
            for name, form in (("summary", "csv"), ("claims", "csv"), ("tables", "tex"), ("controls", "html"))
            if contents.has(contents.table(name, form))
        },
        "part": contents.part,
        "forms": paths.TABLE_FORMATS,
        "size": (WIDTH, HEIGHT),
    }


def missing(contents: Contents, figures: list[Picture]) -> list[tuple[str, str]]:
    """What the page could show and is not there: in words, and the target that makes it or why it cannot be made."""
    found: list[tuple[str, str]] = []
    layouts = load_layouts()
    for name, layout in layouts.items():
        if name not in contents.tables:
            what = f"{layout.paper}, Table {layout.number}"
            found.append((what, contents.unavailable.get(name) or paths.table(name, "csv")))
    for what, part, target in (
        ("the papers' claims", contents.claims, contents.table("claims", "csv")),
        ("every published value beside ours", contents.summary, contents.table("summary", "csv")),
        ("the record of what made the results", contents.records.get("run"), paths.PROVENANCE_PAGE),
    ):
        if part is None:
            found.append((what, target))
    undrawn = [one for one in figures if not one.there]
    if undrawn:
        found.append((f"{len(undrawn)} of {len(figures)} figures", "results/figures"))
    if not scans(contents):
        found.append(("test scans in a viewer", paths.PAGE))
    return found
