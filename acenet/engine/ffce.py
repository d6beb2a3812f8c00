"""FFCE's two fused encoders on a CPU that only predicts: as ACEnet, whose decoder and head they have."""

from acenet.engine.acenet import PredictedACENet
from acenet.engine.swap import Table
from acenet.networks.ffce import FusedFFCE


class PredictedFusedFFCE(PredictedACENet, FusedFFCE):
    """`FusedFFCE` without logits, and on a part of a slice."""


EVALUATION: Table = {}
PREDICTION: Table = {FusedFFCE: PredictedFusedFFCE}
