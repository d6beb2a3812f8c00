"""Prediction "as released": the windows that the authors' scripts show their network at a volume's ends."""

from dataclasses import replace

from acenet.errors import InputError
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Window
from acenet.networks import NetworkSettings


def released_window(settings: NetworkSettings) -> Window:
    """The view that makes `segment_volume` reproduce the released predictions of a single-encoder network.

    Raises
    ------
    InputError
        For networks that the released code does not have, and for two encoders, whose single slice would no longer be
        the window's centre.
    """
    view = settings.view
    if isinstance(view, Patch) or not has_released_window(settings):
        found = settings.arch + " with two encoders" * settings.parallel
        raise InputError("prediction as released", expected="an ACEnet with one encoder", found=found)
    return replace(view, edges="shifted")


def has_released_window(settings: NetworkSettings) -> bool:
    """Whether the released scripts shift windows for such a network: an ACEnet with one encoder."""
    return settings.arch == "acenet" and not settings.parallel
