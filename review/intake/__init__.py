"""How messages come in: validated, counted, stored once, and announced to the workers."""
