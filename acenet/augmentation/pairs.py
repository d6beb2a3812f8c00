"""Which scans are warped onto which."""

from collections.abc import Sequence
from dataclasses import dataclass

from acenet.errors import InputError


@dataclass(frozen=True)
class Pair:
    """One scan with labels (`atlas`) that is warped onto another (`target`)."""

    atlas: str
    target: str

    @property
    def id(self) -> str:
        """The subject that comes of it: name of its folder."""
        return f"{self.atlas}_{self.target}"


def choose_atlases(training: Sequence[str], n: int | None) -> list[str]:
    """The first `n` training scans, or all of them.

    Raises
    ------
    InputError
        When there are fewer.
    """
    if n is None:
        return list(training)
    if not 1 <= n <= len(training):
        raise InputError(
            "augmentation, atlases", expected=f"1 to {len(training)}, the training scans", found=f"{n}"
        )
    return list(training[:n])


def plan_pairs(atlases: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """Every atlas with every target, one target after the other."""
    return [Pair(atlas, target) for target in targets for atlas in atlases]
