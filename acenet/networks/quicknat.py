"""QuickNAT (Roy et al. 2019) and QuickNAT V2, which adds scSE to every encoder and decoder block."""

from torch import Tensor, nn

from acenet.networks import NetworkSettings
from acenet.networks.blocks import Decoder, DecoderBlock, Encoder
from acenet.networks.outputs import Outputs, SegmentationNetwork


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

    def forward(self, stack: Tensor) -> Outputs:
        """(N, 2s+1, H, W) to label logits (N, C, H, W)."""
        skips, indices, bottleneck = self.encoder(stack)
        d2 = self.decoder(bottleneck, skips, indices)  # (N, F, H/2, W/2)
        d1 = self.decode1(d2, skips[0], indices[0])  # (N, F, H, W)
        return Outputs(label=self.label_head(d1))

    def blocks_by_level(self) -> dict[tuple[str, int], nn.Module]:
        """Encoder and decoder blocks."""
        return {**self.encoder.by_level(), **self.decoder.by_level(), ("decoder", 1): self.decode1}


def build(settings: NetworkSettings) -> QuickNAT:
    """QuickNAT or QuickNAT V2, by `settings.arch`."""
    return QuickNAT(settings)
