"""Segmentation of conformed volumes with a trained network."""
