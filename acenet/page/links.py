"""Where a training's files lie, as seen from the page."""

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from acenet.page.contents import Contents
from acenet.plan import paths


@dataclass(frozen=True)
class Links:
    """A training, and (words, address) of what is there of it: its page first."""

    training: str
    links: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, training: str, contents: Contents, *, viewed: bool = True, start: str = paths.PAGE
    ) -> "Links":
        """What there is of a training, from the page `start`; viewed: with the viewer of its data set's test scan."""
        dataset = training.split("/")[0]
        page = paths.training_page(training)
        wanted = [
            ("training and card", page, contents.has(paths.model(training))),
            ("model", paths.model(training), True),
            ("losses", paths.training_log(training), True),
            ("long table", paths.measured(training), viewed),
            ("log of the training", paths.job_log("train", training), True),
            ("of the prediction", paths.job_log("predict", training), viewed),
            ("a test scan", f"{paths.viewer(dataset)}/index.html", viewed),
        ]
        found = [
            (words, address(path, start))
            for words, path, shown in wanted
            if shown and (path == page or contents.has(path))
        ]
        return cls(training, tuple(found))


def address(path: str, start: str = paths.PAGE) -> str:
    """A file of the run as a link in the page `start`; both below the working directory."""
    return quote(PurePosixPath(os.path.relpath(path, PurePosixPath(start).parent)).as_posix())
