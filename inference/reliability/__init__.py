"""Whether probabilities hold: curves with bands, errors, ranking, drift, resampling. Pure."""
