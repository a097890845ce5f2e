"""Speed, measured against named yardsticks in the same run. `python -m benchmarks` runs all of it."""
