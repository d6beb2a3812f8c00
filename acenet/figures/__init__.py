"""Figures of the papers and our own: drawn from long tables, logs and volumes, in one look (`style`)."""
