"""Rows out of moddog, for whoever has the command line: streamed by key, in formats that other programs read."""
