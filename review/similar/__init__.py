"""Waiting cases that are alike: their vectors in the model's own space, and the search among them."""
