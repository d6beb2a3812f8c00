"""Agreement between a reference and a prediction, and its summaries over subjects and structures."""
