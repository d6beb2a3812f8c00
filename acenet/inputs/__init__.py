"""What a network is shown: stacks of coronal slices, or patches of the volume."""
