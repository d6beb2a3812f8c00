"""Where a training's files lie, as seen from the page."""

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from acenet.page.contents import Contents
from acenet.plan import paths


@dataclass(frozen=True)
class Links:
    """A training, and (words, address) of what there is of it: with one seed, its page first; then its other seeds'."""

    training: str
    links: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        training: str,
        contents: Contents,
        *,
        seed: int | None = None,
        viewed: bool = True,
        start: str = paths.PAGE,
    ) -> "Links":
        """What there is of a training, from the page `start`.

        Parameters
        ----------
        seed
            Of which; None for the first.
        viewed
            With the viewer of its data set's test scan, which is segmented by the network of the first seed.
        """
        dataset, seeds = training.split("/")[0], contents.seeds_of(training)
        seed = seeds[0] if seed is None else seed
        page = paths.training_page(training, seed)
        others = [one for one in seeds if one != seed]
        wanted = [
            (
                f"training and card{f', seed {seed}' * bool(others)}",
                page,
                contents.has(paths.model(training, seed)),
            ),
            ("model", paths.model(training, seed), True),
            ("losses", paths.training_log(training, seed), True),
            ("long table", paths.measured(training, seed), viewed),
            ("log of the training", paths.job_log("train", training, seed), True),
            ("of the prediction", paths.job_log("predict", training, seed), viewed),
            ("a test scan", f"{paths.viewer(dataset)}/index.html", viewed and seed == seeds[0]),
        ]
        wanted += [
            (f"seed {one}", paths.training_page(training, one), contents.has(paths.model(training, one)))
            for one in others
        ]
        pages = {page, *(paths.training_page(training, one) for one in others)}
        found = [
            (words, address(path, start))
            for words, path, shown in wanted
            if shown and (path in pages or contents.has(path))
        ]
        return cls(training, tuple(found))


def address(path: str, start: str = paths.PAGE) -> str:
    """A file of the run as a link in the page `start`; both below the working directory."""
    return quote(PurePosixPath(os.path.relpath(path, PurePosixPath(start).parent)).as_posix())
