"""A trained model put to use: anybody's T1-weighted scan to labels on its own grid, with volumes and a picture.

find_scans (what to segment) -> segmenter (the model) -> placement (where the grid lies) -> one_scan (network passes)
-> results; many_scans for a folder. `acenet.cli.segment` is how people call it.
"""
