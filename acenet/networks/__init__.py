"""The networks, and the register that names them.

`NETWORKS` maps a network's name to the module that holds it and to what the rest of the program must know of it: a new
network is one file and one line here. The register itself imports no torch, because Snakemake reads it each time it
parses the workflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from acenet.errors import InputError

if TYPE_CHECKING:
    from acenet.inputs.patches import Patch
    from acenet.inputs.stacks import Window
    from acenet.networks.outputs import SegmentationNetwork


@dataclass(frozen=True)
class Architecture:
    """What is to be known of a network before it is built, without torch.

    Attributes
    ----------
    module
        Where `build(settings)` returns it.
    sees
        At a time, the stack around a coronal slice, or a patch: a cube of the volume.
    s
        Slices on each side where a training names none.
    even
        Whether the stack ends one slice early, as FFCE's ten slices do.
    skull, parallel
        Whether it can have the skull-stripping branch, and a second encoder.
    coarse_first
        Whether what it learns on slices of a lower resolution holds on those of the full one. Not with few layers or
        levels (docs/demo.md), and not for networks of patches.
    """

    module: str
    sees: Literal["stack", "patch"] = "stack"
    s: int = 0
    even: bool = False
    skull: bool = False
    parallel: bool = False
    coarse_first: bool = True


NETWORKS = {
    "quicknat": Architecture("acenet.networks.quicknat"),
    "quicknatv2": Architecture("acenet.networks.quicknat"),
    "acenet": Architecture("acenet.networks.acenet", skull=True, parallel=True),
    "ffce-conv2": Architecture("acenet.networks.ffce", coarse_first=False),
    "ffce-dense2": Architecture("acenet.networks.ffce", coarse_first=False),
    "ffce-fused": Architecture("acenet.networks.ffce", s=5, even=True),
    "sdnet": Architecture("acenet.networks.sdnet", coarse_first=False),
    "sdnet-small": Architecture("acenet.networks.sdnet", coarse_first=False),
    "unet2d": Architecture("acenet.networks.unet2d"),
    "unet2d-literal": Architecture("acenet.networks.unet2d"),
    "unet3d": Architecture("acenet.networks.unet3d", sees="patch", coarse_first=False),
}


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that determines a network's layers.

    Attributes
    ----------
    arch
        A key of `NETWORKS`.
    n_classes
        Outputs, the background included (28, 33, 63 or 139 in the papers).
    s
        Slices on each side of the centre slice; `window` and `channels` follow from it.
    parallel
        A second encoder that sees the centre slice alone ("s=0 & s=5").
    skull
        The skull-stripping branch and the output fused with it.
    filters, kernel, dropout
        Channels of each dense block, size of its convolutions, channel dropout.
    patch
        Side in voxels of the cubes that a network of patches sees in training; None for all others.
    patch_predicted
        Side of the cubes in which it segments; None for those of training.
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
    patch_predicted: int | None = None

    @property
    def view(self) -> Window | Patch:
        """What the network sees at a time where it segments: the stack around a coronal slice, or a cube."""
        if self.patch is None:
            return self.window
        from acenet.inputs.patches import Patch  # imports torch

        return Patch(self.patch_predicted or self.patch)

    @property
    def window(self) -> Window:
        """The input stack around its centre slice; FFCE's even stack ends one slice early."""
        from acenet.inputs.stacks import Window  # imports torch

        return Window(self.s, self.s - 1 if NETWORKS[self.arch].even else self.s)

    @property
    def channels(self) -> int:
        """Slices in the input stack."""
        return self.window.size


def build_network(settings: NetworkSettings) -> SegmentationNetwork:
    """The network that `settings` describe, with freshly initialised weights (torch's global generator)."""
    if settings.arch not in NETWORKS:
        raise InputError("network", expected=f"one of {', '.join(NETWORKS)}", found=settings.arch)
    architecture = NETWORKS[settings.arch]
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
    for name in ("skull", "parallel"):
        if getattr(settings, name) and not getattr(architecture, name):
            able = ", ".join(one for one, known in NETWORKS.items() if getattr(known, name))
            raise InputError("network", expected=f"{name} with {able} only", found=str(settings))
    if (settings.patch is not None) != (architecture.sees == "patch"):
        kind = "a patch" if architecture.sees == "patch" else "slices, no patch"
        raise InputError(f"network {settings.arch}", expected=kind, found=f"patch {settings.patch}")
    network: SegmentationNetwork = import_module(architecture.module).build(settings)
    return network
