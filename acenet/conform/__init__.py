"""A scan on its way to the common grid and back: load_scan -> subject -> the manifest conform.json; and invert."""
