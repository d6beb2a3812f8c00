"""ACEnet on a CPU that only predicts: no head that does not decide, no logits, and the last blocks on a part."""

import torch
from torch import Tensor, nn

from acenet.engine.head_box import HeadBox
from acenet.engine.head_only import HeadOnly, decode_part
from acenet.engine.prediction import most_probable
from acenet.engine.swap import Table
from acenet.networks.acenet import ACENet, recalibrate
from acenet.networks.blocks import unpool


class PredictedACENet(HeadOnly, ACENet):
    """`ACENet` whose label head is left out where the fused one decides."""

    def classify(self, stack: Tensor) -> tuple[Tensor, Tensor | None]:
        """Classes and brain mask (N, H, W) uint8."""
        skips, indices, bottleneck = self.encode(stack)
        gates, _ = self.context(bottleneck)
        d2 = self.decoder(bottleneck, skips, indices)
        recalibrated = recalibrate(self.decode1(d2, skips[0], indices[0]), gates)
        return self._decide(recalibrated, self.decode0(d2, skips[0], indices[0]) if self.skull else None)

    def classify_part(
        self, stack: Tensor, box: HeadBox, beyond: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Only the last blocks are limited to the box; `beyond` (blocks, N, F) are their means outside of it."""
        skips, indices, bottleneck = self.encode(stack)
        gates, _ = self.context(bottleneck)
        unpooled = unpool(self.decoder(bottleneck, skips, indices), indices[0])  # (N, F, H, W)
        known = (None, None) if beyond is None else beyond
        d1, beyond1 = decode_part(self.decode1, skips[0], unpooled, box, known[0])
        if not self.skull:
            return *self._decide(recalibrate(d1, gates), None), beyond1[None]
        d0, beyond0 = decode_part(self.decode0, skips[0], unpooled, box, known[1])
        return *self._decide(recalibrate(d1, gates), d0), torch.stack((beyond1, beyond0))

    def _decide(self, recalibrated: Tensor, d0: Tensor | None) -> tuple[Tensor, Tensor | None]:
        if d0 is None:
            return most_probable(self.label_head, recalibrated), None
        brain = most_probable(self.skull_head, d0)
        return most_probable(nn.Sequential(self.fused_head), recalibrated.mul_(d0)), brain


EVALUATION: Table = {}
PREDICTION: Table = {ACENet: PredictedACENet}
