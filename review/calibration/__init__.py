"""Labels, refits and their gate, and the figures that show whether probabilities are kept."""
