"""Measures of the papers that a training's long table has, by the metric of a cell or a claim."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from acenet.metrics.registry import METRICS, Metric

Evaluated = Mapping[str, Sequence[int]]
"""Data set -> class indices that count."""

READINGS: Mapping[str, Metric] = MappingProxyType({one.name: one for one in METRICS if one.measured})
