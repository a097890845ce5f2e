"""The model: from a text to a margin, its calibration and its training. No Django, nothing of review."""
