"""Calibrators, monotone functions from margin to probability: their kinds, fitting, selection. Pure."""
