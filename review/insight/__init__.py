"""How the instance is doing: the operations page and metrics."""
