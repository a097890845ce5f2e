"""From when on figures are about somebody by name."""

NAMED_FROM = 50
"""Answers from which on a person is shown by name. At 85 % right, 50 answers make an interval of ten points to either
side: fewer cannot tell a careful person from a careless one, and would only tempt to try."""
