"""Where the model lies that comes with moddog."""

from pathlib import Path

NANO = Path(__file__).parent / "nano"
