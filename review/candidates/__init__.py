"""Models beside the one that judges: fine-tuning, comparison, promotion."""
