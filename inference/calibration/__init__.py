"""Monotone maps from margin to probability: their kinds, fitting, choosing among them. Pure."""
