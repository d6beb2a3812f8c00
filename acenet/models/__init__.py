"""The networks, and the register that names them.

`NETWORKS` maps an architecture's name to the module that holds it; the module's `build(settings)` returns the
network. The register itself imports no torch, because Snakemake reads it each time it parses the workflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from acenet.errors import InputError

if TYPE_CHECKING:
    from acenet.models.outputs import SegmentationNetwork
    from acenet.patches import Patch
    from acenet.slices import Window

NETWORKS = {
    "quicknat": "acenet.models.quicknat",
    "quicknatv2": "acenet.models.quicknat",
    "acenet": "acenet.models.acenet",
    "ffce-conv2": "acenet.models.ffce",
    "ffce-dense2": "acenet.models.ffce",
    "ffce-fused": "acenet.models.ffce",
    "sdnet": "acenet.models.sdnet",
    "sdnet-small": "acenet.models.sdnet",
    "unet2d": "acenet.models.unet2d",
    "unet2d-literal": "acenet.models.unet2d",
    "unet3d": "acenet.models.unet3d",
}
PATCH_NETWORKS = frozenset({"unet3d"})  # see cubes of a volume; all others see stacks of coronal slices


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that determines a network's layers.

    Attributes
    ----------
    arch : a key of `NETWORKS`.
    n_classes : outputs, the background included (28, 33, 63 or 139 in the papers).
    s : slices on each side of the centre slice; `window` and `channels` follow from it.
    parallel : a second encoder that sees the centre slice alone ("s=0 & s=5").
    skull : the skull-stripping branch and the output fused with it.
    filters, kernel, dropout : channels of each dense block, size of its convolutions, channel dropout.
    patch : side in voxels of the cubes that a network of `PATCH_NETWORKS` sees; None for all others.
    """

    arch: str
    n_classes: int
    s: int = 0
    parallel: bool = False
    skull: bool = False
    filters: int = 64
    kernel: int = 5
    dropout: float = 0.1
    patch: int | None = None

    @property
    def view(self) -> Window | Patch:
        """What the network sees at a time: the stack around a coronal slice, or a cube."""
        if self.patch is None:
            return self.window
        from acenet.patches import Patch  # imports torch

        return Patch(self.patch)

    @property
    def window(self) -> Window:
        """The input stack around its centre slice; FFCE's even stack ends one slice early."""
        from acenet.slices import Window  # imports torch

        return Window(self.s, self.s - 1 if self.arch == "ffce-fused" else self.s)

    @property
    def channels(self) -> int:
        """Slices in the input stack."""
        return self.window.size


def build_network(settings: NetworkSettings) -> SegmentationNetwork:
    """The network that `settings` describe, with freshly initialised weights (torch's global generator)."""
    if settings.arch not in NETWORKS:
        raise InputError("network", expected=f"one of {', '.join(NETWORKS)}", found=settings.arch)
    if (
        min(settings.n_classes, settings.filters) < 2
        or min(settings.window.before, settings.window.after) < 0
        or settings.kernel % 2 == 0
    ):
        raise InputError(
            "network",
            expected="at least 2 classes and filters, s >= 0 (ffce-fused: s >= 1) and an odd kernel",
            found=str(settings),
        )
    if settings.arch != "acenet" and (settings.skull or settings.parallel):
        raise InputError("network", expected="skull and parallel with acenet only", found=str(settings))
    if (settings.patch is not None) != (settings.arch in PATCH_NETWORKS):
        kind = "a patch" if settings.arch in PATCH_NETWORKS else "slices, no patch"
        raise InputError(f"network {settings.arch}", expected=kind, found=f"patch {settings.patch}")
    network: SegmentationNetwork = import_module(NETWORKS[settings.arch]).build(settings)
    return network
