"""QuickNAT on a CPU that only predicts: no logits, and the last block on a part of the slice."""

from torch import Tensor, nn

from acenet.engine.head_box import HeadBox
from acenet.engine.head_only import HeadOnly, decode_part
from acenet.engine.prediction import most_probable
from acenet.engine.swap import Table
from acenet.networks.blocks import unpool
from acenet.networks.quicknat import QuickNAT


class PredictedQuickNAT(HeadOnly, QuickNAT):
    """`QuickNAT` without logits."""

    def classify(self, stack: Tensor) -> tuple[Tensor, Tensor | None]:
        """Classes (N, H, W) uint8, and no brain mask."""
        skips, indices, bottleneck = self.encoder(stack)
        d2 = self.decoder(bottleneck, skips, indices)
        d1 = self.decode1(d2, skips[0], indices[0])
        return most_probable(nn.Sequential(self.label_head), d1), None

    def classify_part(
        self, stack: Tensor, box: HeadBox, beyond: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Only the last block is limited to the box; `beyond` (N, F) are its means outside of it."""
        skips, indices, bottleneck = self.encoder(stack)
        unpooled = unpool(self.decoder(bottleneck, skips, indices), indices[0])  # (N, F, H, W)
        d1, found = decode_part(self.decode1, skips[0], unpooled, box, beyond)
        return most_probable(nn.Sequential(self.label_head), d1), None, found


EVALUATION: Table = {}
PREDICTION: Table = {QuickNAT: PredictedQuickNAT}
