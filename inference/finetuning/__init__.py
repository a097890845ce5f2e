"""Low-rank adapters, taught from what people decided."""
