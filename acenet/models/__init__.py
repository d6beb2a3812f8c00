"""Trained networks as files, our own and the authors' released ones. An architecture is a `network`."""
