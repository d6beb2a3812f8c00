"""Scans and their segmentations in a browser, from the disk: NiiVue, fetched by checksum, and pages that use it."""
