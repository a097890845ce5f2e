"""Labelled texts in; figures, charts and a table out."""
