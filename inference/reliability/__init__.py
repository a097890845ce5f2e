"""Whether probabilities are kept: curves with bands, errors, ranking, drift, resampling. Pure."""
