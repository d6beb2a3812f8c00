"""Controls of equal budget: which can be made, and of which files their table is made."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from acenet.papers import Controlled, behind_controls, controlled
from acenet.papers.available import obstacle
from acenet.plan import paths

if TYPE_CHECKING:
    from acenet.plan.study import Study

FORMATS = ("csv", "md", "html")


class Controls:
    """The papers' comparisons between unequal numbers of epochs, and their controls; `part` as of `Results`."""

    def __init__(self, study: "Study", networks: Collection[str]) -> None:
        self._study, self._networks = study, networks

    def files(self, part: str = "") -> list[str]:
        """All forms of the table of controls."""
        return [paths.table("controls", form, part) for form in FORMATS]

    def comparisons(self, part: str = "") -> list[Controlled]:
        """Those that can be made: there are networks for them, and they are of the part's data."""
        return [
            one
            for one in controlled()
            if self._study.results.is_in(one.pair.dataset, part)
            and not obstacle((one.pair.better, one.pair.worse), self._networks, augmentation=True)
        ]

    def trainings(self, part: str = "") -> list[str]:
        """Ids of their trainings and controls."""
        return behind_controls(self.comparisons(part))

    def measurements(self, part: str = "") -> list[str]:
        """Long tables of these."""
        return self._study.results.each_seed(paths.measured, self.trainings(part))

    def epochs(self, part: str = "") -> dict[str, float]:
        """The epochs of each in this study, with those of what it starts from."""
        return {one: self._study.epochs(one) for one in self.trainings(part)}
