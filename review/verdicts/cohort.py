"""Who is in the cohort: the random sample that people judge blind, and the only ground for figures and promises. Pure.

Every message has one permanent random number, made at intake before anything was known of it (`intake.digests`). It is
in the cohort if that number falls under the rate of the stratum into which it was routed; the rate is stored with it.
"""


def is_drawn(draw: float, rate: float) -> bool:
    """Whether a message with this draw, in [0, 1), is in the cohort of a stratum with this rate, 0 to 1."""
    return draw < rate
