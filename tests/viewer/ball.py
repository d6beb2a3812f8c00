"""A ball of two structures, one in each half, in a grey box: easy to find in a picture."""

import numpy as np

from acenet.protocols import load_protocol
from acenet.viewer.scan import Layer, ViewedScan, error_map

SHAPE = (24, 28, 26)
AFFINE = np.array([[-5.0, 0, 0, 60], [0, 5, 0, -70], [0, 0, 5, -60], [0, 0, 0, 1]])
_PLACES = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1) - (np.array(SHAPE) - 1) / 2
_INSIDE = np.linalg.norm(_PLACES, axis=-1) < 9
LEFT, RIGHT = 2, 4  # Left Cortex, Right Cortex
CLASSES = np.where(_INSIDE, np.where(_PLACES[..., 0] > 0, LEFT, RIGHT), 0).astype(
    np.uint8
)  # the first axis runs left
FOUND = np.roll(CLASSES, 1, axis=1)
IMAGE = np.where(_INSIDE, 200, 40).astype(np.uint8)
SCAN = ViewedScan(
    title="A ball",
    caption="Invented.",
    image=IMAGE,
    affine=AFFINE,
    layers=(
        Layer("Reference", CLASSES),
        Layer("Network", FOUND, dice=tuple([0.5] * 27)),
        Layer("Errors of Network", error_map(CLASSES, FOUND), "errors"),
    ),
    protocol=load_protocol("malc27"),
)
