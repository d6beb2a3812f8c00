"""A trained model put to use: anybody's T1-weighted scan to labels on its own grid, with volumes and a picture.

scans (what to segment) -> model -> placing (where the grid lies) -> network passes -> results; `command` is how
people call it.
"""
