"""What every network returns."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from torch import Tensor, nn


class Outputs(NamedTuple):
    """Logits of one batch; heads that a network lacks are None. 3D networks have X, Y, Z for H, W.

    Attributes
    ----------
    label
        (N, C, H, W) structures.
    presence
        (N, C) whether each class occurs in the centre slice (the context encoder's second output).
    skull
        (N, 2, H, W) outside and inside of the brain.
    fused
        (N, C, H, W) structures, from features multiplied by the skull branch's.
    """

    label: Tensor
    presence: Tensor | None = None
    skull: Tensor | None = None
    fused: Tensor | None = None

    @property
    def structures(self) -> Tensor:
        """(N, C, H, W) logits whose argmax is the segmentation."""
        return self.label if self.fused is None else self.fused

    def argmax(self) -> tuple[Tensor, Tensor | None]:
        """The most probable class of each pixel (N, H, W) uint8 and, with a skull branch, the brain mask."""
        return self.structures.argmax(1).byte(), None if self.skull is None else self.skull.argmax(1).byte()


class SegmentationNetwork(nn.Module):
    """Maps a stack (N, slices, H, W), float in about [-1, 1], to `Outputs`; H and W are multiples of 16.

    3D networks map patches (N, 1, X, Y, Z) whose sides are multiples of 8.

    Attributes
    ----------
    second_stage
        Beginnings of the names of weights that a first stage lacks, and a second starts afresh.
    heads
        Names of the modules behind the outputs, by the outputs' names; a network may lack some.
    """

    second_stage: ClassVar[tuple[str, ...]] = ()
    heads: ClassVar[Mapping[str, str]] = {
        "label": "label_head",
        "presence": "context",
        "skull": "skull_head",
        "fused": "fused_head",
    }

    def __call__(self, stack: Tensor) -> Outputs:
        """Run the network; typed here because `nn.Module` leaves it open."""
        outputs: Outputs = super().__call__(stack)
        return outputs

    def blocks_by_level(self) -> Mapping[tuple[str, int], nn.Module]:
        """The blocks whose maps can be drawn, in the order they run, by branch and level (1 is full resolution)."""
        return {}

    def modules_behind(self, *outputs: str) -> list[nn.Module]:
        """The modules behind the outputs of these names, of those that the network has."""
        names = [self.heads[output] for output in outputs if output in self.heads]
        return [getattr(self, name) for name in names if hasattr(self, name)]

    def classify(self, stack: Tensor) -> tuple[Tensor, Tensor | None]:
        """`Outputs.argmax` of a stack."""
        return self(stack).argmax()
