"""What a registration is told, and what its result must fulfil; built from the preset's `augmentation`."""

from dataclasses import dataclass, fields

from acenet.errors import InputError

TRANSFORMS = (
    "SyN",
    "SyNRA",
    "SyNAggro",
    "antsRegistrationSyN[s]",
    "antsRegistrationSyNQuick[s]",
    "antsRegistrationSyNRepro[s]",
    "antsRegistrationSyNQuickRepro[s]",
)
INTERPOLATIONS = ("vote", "nearest")
MODES = ("direct", "template")


@dataclass(frozen=True)
class Registration:
    """How one image is registered to another, and how labels follow.

    Attributes
    ----------
    transform
        ANTs' name of an affine and deformable registration.
    spacing_mm
        Voxels at which images are registered; warped volumes have the grid's own.
    labels
        How class maps are sampled: by the vote of eight neighbours (ANTs' genericLabel), or nearest.
    seed
        Of the voxels that the affine stages draw.
    """

    transform: str = "SyN"
    spacing_mm: float = 1.0
    labels: str = "vote"
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what ANTs would refuse later, or worse, not."""
        for name, allowed in (("transform", TRANSFORMS), ("labels", INTERPOLATIONS)):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"augmentation, {name}",
                    expected=f"one of {', '.join(allowed)}",
                    found=f"{getattr(self, name)}",
                )
        if not self.spacing_mm > 0:
            raise InputError("augmentation, spacing_mm", expected="millimetres", found=f"{self.spacing_mm}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The entries of a preset's `augmentation` section that belong here; the seed is the run's."""
        return tuple(field.name for field in fields(cls) if field.name != "seed")


@dataclass(frozen=True)
class Acceptance:
    """What a warp must fulfil to be trained on; `acenet.augmentation.checks` measures it.

    Attributes
    ----------
    similarity
        Smallest correlation of warped image and target within the warped brain.
    folds
        Largest share of the brain's voxels whose Jacobian determinant is not positive.
    jacobian
        The determinant's smallest value in the brain must exceed this.
    lost
        Largest share of the scan's structures that the warp may lose.
    brain_dice, label_dice
        Smallest overlap of brain mask and class map with the second opinion: what the other warps onto the same target
        agree on.
    """

    similarity: float
    folds: float
    jacobian: float
    lost: float
    brain_dice: float
    label_dice: float
