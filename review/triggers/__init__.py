"""Triggers: phrases, patterns and links that a community handles itself, whatever the model says."""
