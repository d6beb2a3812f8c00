"""What a network believes before it has seen anything: how frequent each structure is.

With torch's own biases, all structures are equally probable at first, and the steps are lost until rare ones are
predicted rarely. The logarithm of its frequency gives each the probability that it has where nothing is known (Lin et
al.: Focal loss for dense object detection, 2017, section 3.3; Karpathy: A recipe for training neural networks, 2019).
"""

import torch
from torch import Tensor, nn

from acenet.networks.outputs import SegmentationNetwork

ADDED = 10  # voxels to each class: one that never occurs is improbable, and no logarithm of 0


def set_initial_biases(network: SegmentationNetwork, counts: Tensor) -> None:
    """Biases of the heads that give structures: log((n_c + 10) / N) of the classes' voxels (C,), less the mean.

    What all biases have in common changes no probability.
    """
    logs = (counts.double() + ADDED).log()
    with torch.no_grad():
        for head in network.modules_behind("label", "fused"):
            *_, last = (module for module in head.modules() if isinstance(module, nn.Conv2d | nn.Conv3d))
            if last.bias is not None:
                last.bias.copy_(logs - logs.mean())
