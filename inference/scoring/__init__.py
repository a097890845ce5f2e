"""Texts in, margins out: the prompt, normalising, packing, decoders, and the scorers over them."""
