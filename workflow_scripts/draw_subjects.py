"""Rule draw_subjects."""
