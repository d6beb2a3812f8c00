"""What the released code calls its weights, and what shapes say of the network they belong to.

Released: https://github.com/ymli39/ACEnet-for-Neuroanatomy-Segmentation (June 2020 one encoder, February 2020 two).
"""

from collections.abc import Iterable, Mapping

from torch import Tensor

from acenet.errors import InputError
from acenet.networks import NetworkSettings

BLOCK = {  # inside a dense block; ours, theirs
    "dense.conv": "conv",
    "dense.norm": "batchnorm",
    "dense.activation.": "prelu.",
    "scse.squeeze.": "SELayer.cSE.fc1.",
    "scse.excite.": "SELayer.cSE.fc2.",
    "scse.spatial.": "SELayer.sSE.conv.",
}
OUTSIDE = {  # ours, theirs
    "context.conv.": "encmodule.encoding.0.",
    "context.norm.": "encmodule.encoding.1.",
    "context.gate.": "encmodule.fc.0.",
    "context.presence.": "encmodule.selayer.",
    "label_head.": "conv6.",
    "skull_head.": "conv7.",
    "fused_head.": "conv8.",
}


def released_name(ours: str) -> str:
    """The released code's name of one entry of our ACEnet's state.

    >>> released_name("encoder.blocks.0.dense.norm1.weight")
    'encode3D1.batchnorm1.weight'
    """
    for mine, theirs in OUTSIDE.items():
        if ours.startswith(mine):
            return theirs + ours.removeprefix(mine)
    block, inside = _block(ours)
    for mine, theirs in BLOCK.items():
        if inside.startswith(mine):
            return f"{block}.{theirs}{inside.removeprefix(mine)}"
    raise KeyError(ours)


def _block(ours: str) -> tuple[str, str]:
    """The released block that holds an entry, and the entry's name in our block.

    The stack's encoder is called encode3D even where it is the only one; the single slice's has plain names.
    """
    first, rest = ours.split(".", 1)
    if first in ("encoder", "slice_encoder"):
        dimension = "3D" if first == "encoder" else ""
        part, inside = rest.split(".", 1)
        if part == "blocks":
            number, inside = inside.split(".", 1)
            return f"encode{dimension}{int(number) + 1}", inside
        prefix = "scse." if part == "unused_scse" else "dense."
        return f"bottleneck{dimension}", prefix + inside
    if first == "decoder":
        _, number, inside = rest.split(".", 2)
        return f"decode{4 - int(number)}", inside
    return first, rest  # decode1, decode0


def described_network(state: Mapping[str, Tensor], where: str) -> NetworkSettings:
    """The network that a released state's shapes describe.

    Raises
    ------
    InputError
        Where it is no ACEnet's.
    """
    try:
        first, label = state["encode3D1.conv1.weight"], state["conv6.1.weight"]
        filters, channels, kernel = int(first.shape[0]), int(first.shape[1]), int(first.shape[2])
        outputs = int(label.shape[0])
    except (KeyError, IndexError) as error:
        every = sorted(f"{name} {tuple(getattr(tensor, 'shape', ()))}" for name, tensor in state.items())
        found = f"without {error}: {', '.join(every)}"
        raise InputError(where, expected="weights named as in the released code", found=found) from error
    if channels % 2 == 0:
        raise InputError(where, expected="a stack of 2s+1 slices", found=f"{channels} input channels")
    return NetworkSettings(
        "acenet",
        outputs,
        s=channels // 2,
        parallel="encode1.conv1.weight" in state,
        skull="conv8.weight" in state,
        filters=filters,
        kernel=kernel,
    )


def shortened(names: Iterable[str], limit: int = 20) -> str:
    """Names for a message, so many at most; 'none' where there is none."""
    listed = list(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return (", ".join(listed[:limit]) or "none") + more
