"""PostgreSQL and Redis from Python wheels, run under the project's own folder."""
