"""The model: from a text to a margin, its calibration and its training. No HTTP, no templates."""
