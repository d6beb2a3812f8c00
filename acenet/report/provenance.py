"""What a report must say about where its numbers come from."""

from collections.abc import Sequence
from dataclasses import dataclass

EMBEDDED = "embedded cohort"
LICENSED = "licensed data"
PUBLIC = "public scans of volunteers"


@dataclass(frozen=True)
class Provenance:
    """Origin of a table's or figure's numbers.

    Attributes
    ----------
    preset
        The sizes of the run ('demo', 'lite', 'paper').
    data
        'embedded cohort', 'licensed data', or which data sets came from which.
    grid
        The grid the networks saw, in words ('64x64x64 voxels of 3 mm').
    version
        Of this package, with the commit where known.
    torch_version
        Of torch; '' where none was used.
    seed
        Of the run: of its data, and of its trainings where `seeds` says nothing else.
    seeds
        Of the trainings; () for one, with `seed`.
    """

    preset: str
    data: str
    grid: str
    version: str
    torch_version: str = ""
    seed: int = 0
    seeds: Sequence[int] = ()

    @property
    def several(self) -> bool:
        """Whether each training was made more than once."""
        return len(self.seeds) > 1

    @property
    def of_the_first(self) -> str:
        """What a picture of one training of each network says; '' where there is no other."""
        return f"Of each network, the training with the first seed, {self.seeds[0]}." if self.several else ""

    @property
    def trainings_seeds(self) -> str:
        """The seeds of the trainings in words: '1', '1, 2, 3'."""
        return ", ".join(map(str, self.seeds or (self.seed,)))

    @property
    def sentence(self) -> str:
        """One line for captions."""
        torch = f", torch {self.torch_version}" if self.torch_version else ""
        origin = f"Preset {self.preset}, {self.data}, {self.grid}"
        seeds = f"{'s' if self.several else ''} {self.trainings_seeds}"
        told = "" if tuple(self.seeds) in ((), (self.seed,)) else f", trainings with seed{seeds}"
        return f"{origin}; acenet {self.version}{torch}, seed {self.seed}{told}."

    @property
    def warning(self) -> str:
        """For the embedded cohort, the line that keeps its numbers from being read as results; else empty."""
        if EMBEDDED not in self.data:
            return ""
        return (
            "The embedded cohort stands in for the licensed data: its numbers show that the chain works, "
            "from raw scans to tables. They are not the paper's results and not comparable with them."
        )
