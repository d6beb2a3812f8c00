"""The last decoder block on a part of the slice: seven tenths of ACEnet's work is done there.

Its convolutions see four pixels around them, which are known, so that inside of a box they are exact. Only the mean
over the slice that scSE takes needs what lies beyond; it is taken from a slice near by.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from acenet.models import lean

if TYPE_CHECKING:
    from acenet.models.blocks import DecoderBlock


@dataclass(frozen=True)
class Box:
    """Rows top to bottom and columns left to right of a slice, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, x: Tensor) -> Tensor:
        """The box of features (N, F, H, W)."""
        return x[..., self.top : self.bottom, self.left : self.right]

    def grown(self, by: int, height: int, width: int) -> "Box":
        """The box with a rim, within the slice."""
        return Box(
            max(0, self.top - by),
            min(height, self.bottom + by),
            max(0, self.left - by),
            min(width, self.right + by),
        )

    def within(self, other: "Box") -> "Box":
        """The box as seen from another one's corner."""
        return Box(
            self.top - other.top, self.bottom - other.top, self.left - other.left, self.right - other.left
        )


def decode_part(
    block: "DecoderBlock", skip: Tensor, unpooled: Tensor, box: Box, beyond: Tensor | None
) -> tuple[Tensor, Tensor]:
    """`DecoderBlock.forward` in a box, from its skip and unpooled features (N, F, H, W).

    beyond : mean features (N, F) outside of the box; None computes the whole slice to find them.

    Returns (N, F, box) and `beyond`.
    """
    height, width = skip.shape[2:]
    reach = 2 * (block.dense.conv1.kernel_size[0] // 2)
    around = Box(0, height, 0, width) if beyond is None else box.grown(reach, height, width)
    dense = lean.dense_block(block.dense, around.of(skip).contiguous(), around.of(unpooled).contiguous())
    inside = box.within(around).of(dense).contiguous()
    total = inside.sum((2, 3))
    outside = height * width - inside[0, 0].numel()
    if beyond is None:
        beyond = (dense.sum((2, 3)) - total) / max(1, outside)
    mean = (total + beyond * outside) / (height * width)
    return block.recalibrated(inside, mean), beyond
