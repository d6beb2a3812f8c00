"""QuickNAT (Roy et al. 2019) and QuickNAT V2, which adds scSE to every encoder and decoder block."""

from torch import Tensor, nn

from acenet.models import NetworkSettings, lean
from acenet.models.blocks import Decoder, DecoderBlock, Encoder, unpool
from acenet.models.outputs import Outputs, SegmentationNetwork
from acenet.models.partial import Box, decode_part


class QuickNAT(SegmentationNetwork):
    """Encoder, bottleneck and decoder of dense blocks with unpooling; one slice in, structures out."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        filters, kernel, dropout = settings.filters, settings.kernel, settings.dropout
        scse = settings.arch == "quicknatv2"
        self.encoder = Encoder(settings.channels, filters, kernel, dropout, scse=scse)
        self.decoder = Decoder(filters, filters, kernel, dropout, scse=scse)
        self.decode1 = DecoderBlock(2 * filters, filters, kernel, dropout, scse=scse)
        self.label_head = nn.Conv2d(filters, settings.n_classes, kernel_size=1)

    def decode(self, stack: Tensor) -> Tensor:
        """The features (N, F, H, W) that the head reads."""
        skips, indices, bottleneck = self.encoder(stack)
        d2 = self.decoder(bottleneck, skips, indices)  # (N, F, H/2, W/2)
        features: Tensor = self.decode1(d2, skips[0], indices[0])
        return features

    def forward(self, stack: Tensor) -> Outputs:
        """(N, 2s+1, H, W) to label logits (N, C, H, W)."""
        return Outputs(label=self.label_head(self.decode(stack)))

    def classify(self, stack: Tensor) -> tuple[Tensor, Tensor | None]:
        """Classes (N, H, W) uint8, and no brain mask."""
        if not lean.is_lean(self, stack):
            return super().classify(stack)
        return lean.most_probable(nn.Sequential(self.label_head), self.decode(stack)), None

    def classify_part(
        self, stack: Tensor, box: Box, beyond: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Only the last block is limited to the box; `beyond` (N, F) are its means outside of it."""
        if not lean.is_lean(self, stack):
            return super().classify_part(stack, box, beyond)
        skips, indices, bottleneck = self.encoder(stack)
        unpooled = unpool(self.decoder(bottleneck, skips, indices), indices[0])  # (N, F, H, W)
        features, found = decode_part(self.decode1, skips[0], unpooled, box, beyond)
        return lean.most_probable(nn.Sequential(self.label_head), features), None, found


def build(settings: NetworkSettings) -> QuickNAT:
    """QuickNAT or QuickNAT V2, by `settings.arch`."""
    return QuickNAT(settings)
