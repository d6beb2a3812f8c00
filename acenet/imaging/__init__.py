"""Arrays with an affine: files read and written, headers, grids, interpolation, masks. Nothing else touches images."""
