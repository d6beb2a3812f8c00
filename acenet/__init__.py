"""Reproduces the ACEnet and FFCE papers: networks, training, metrics and tables. Knows nothing of Snakemake."""

__version__ = "0.1.0"
